using System.Text.Json;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Members;

/// <summary>
/// A client behind a load balancer: each request goes to a member that says it is ready; where that one gives no answer a GET is sent again, and a
/// POST only where no connection was made.
/// </summary>
internal sealed class AnyMember(IReadOnlyList<SegueFront> members, EngineKind engine = EngineKind.Presto) : IDisposable
{
    /// <summary>For one request, with all that it waits for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    // as the Java clients': then they ask again
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Dialect _dialect = Dialect.Of(engine);

    /// <summary>The next member, in turn.</summary>
    public SegueFront Next(ref int at) => members[at++ % members.Count];

    /// <param name="choose">The member of the n-th request; of one that is not ready the next is taken.</param>
    public async Task<List<Reply>> RunAsync(string sql, Func<int, SegueFront> choose) =>
        await FollowAsync(await SendAsync(choose(0), HttpMethod.Post, "/v1/statement", sql), choose);

    public async Task<List<Reply>> FollowAsync(Reply from, Func<int, SegueFront> choose)
    {
        var replies = new List<Reply> { from };
        for (var at = 1; replies[^1].NextUri is { } next; at++)
            replies.Add(await SendAsync(choose(at), HttpMethod.Get, next));
        return replies;
    }

    public async Task<Reply> SendAsync(SegueFront to, HttpMethod method, string uri, string? sql = null)
    {
        var (time, began) = (TimeProvider.System, TimeProvider.System.GetTimestamp());
        var first = members.Index().First(one => one.Item == to).Index;
        for (var at = first; ; at++)
        {
            var member = members[at % members.Count];
            try
            {
                if (await member.IsReadyAsync())
                    return await AskAsync(member, method, uri, sql);
            }
            catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException && time.GetElapsedTime(began) < Patience
                && (method == HttpMethod.Get || failed is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }))
            {
                // the balancer takes the next one
            }
            time.GetElapsedTime(began).ShouldBeLessThan(Patience);
            if (at > first + 1)
                await Task.Delay(LookEvery, time);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Reply> AskAsync(SegueFront member, HttpMethod method, string uri, string? sql)
    {
        var target = Uri.TryCreate(uri, UriKind.Absolute, out var absolute) && absolute.Scheme.StartsWith("http", StringComparison.Ordinal) ? absolute.PathAndQuery : uri;
        using var request = new HttpRequestMessage(method, new Uri(member.Listen, target)) { Content = sql is null ? null : new StringContent(sql) };
        request.Headers.Add(_dialect.Header("User"), "members");
        using var answer = await _http.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue($"{method} {uri}: {(int)answer.StatusCode} {System.Text.Encoding.UTF8.GetString(body)}");
        return new Reply(answer.StatusCode, answer, body, JsonDocument.Parse(body).RootElement);
    }
}
