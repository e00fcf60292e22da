using System.Runtime.Versioning;
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
[UnsupportedOSPlatform("windows")]
internal sealed class AnyMember(Trio trio) : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false });
    private readonly Dialect _dialect = Dialect.Of(EngineKind.Presto);

    /// <summary>The next member, in turn.</summary>
    public SegueFront Next(ref int at) => trio.Members[at++ % trio.Members.Count];

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
        var first = trio.Members.ToList().IndexOf(to);
        for (var at = first; ; at++)
        {
            var member = trio.Members[at % trio.Members.Count];
            try
            {
                if (await IsReadyAsync(member))
                    return await AskAsync(member, method, uri, sql);
            }
            catch (HttpRequestException failed) when (time.GetElapsedTime(began) < Trio.Patience
                && (method == HttpMethod.Get || failed.HttpRequestError == HttpRequestError.ConnectionError))
            {
                // the balancer takes the next one
            }
            time.GetElapsedTime(began).ShouldBeLessThan(Trio.Patience);
            if (at > first + 1)
                await Task.Delay(LookEvery, time);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> IsReadyAsync(SegueFront member)
    {
        using var ready = await _http.GetAsync(new Uri(member.Listen, "/segue/health/ready"));
        return ready.IsSuccessStatusCode;
    }

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
