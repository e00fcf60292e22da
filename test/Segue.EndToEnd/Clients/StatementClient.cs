using System.Net;
using System.Text.Json;
using Segue.Core.Protocol;

namespace Segue.EndToEnd.Clients;

/// <summary>One answer: its status, headers and, where it has one, its JSON.</summary>
internal sealed record Reply(HttpStatusCode Status, HttpResponseMessage Message, byte[] Body, JsonElement Json)
{
    public string? NextUri => Json.TryGetProperty("nextUri", out var uri) ? uri.GetString() : null;

    public string State => Json.GetProperty("stats").GetProperty("state").GetString()!;

    public JsonElement Error => Json.GetProperty("error");

    public bool HasError => Json.TryGetProperty("error", out _);

    /// <summary>Its rows as JSON text.</summary>
    public IEnumerable<string> Rows =>
        Json.TryGetProperty("data", out var data) ? data.EnumerateArray().Select(row => row.GetRawText()) : [];
}

/// <summary>The least client of the statement protocol: it repeats nothing and hides nothing that a test wants to see.</summary>
/// <param name="pace">How fast it takes what it gets; as fast as it can without.</param>
internal sealed class StatementClient(Uri server, Dialect dialect, Pace? pace = null) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false }) { BaseAddress = server };

    public Task<Reply> PostAsync(string sql, params (string Header, string Value)[] session)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/statement") { Content = new StringContent(sql) };
        foreach (var (header, value) in session)
            request.Headers.Add(dialect.Header(header), value);
        return SendAsync(request);
    }

    public Task<Reply> SendAsync(HttpMethod method, string uri) => SendAsync(new HttpRequestMessage(method, uri));

    public Task<Reply> GetAsync(string uri) => SendAsync(HttpMethod.Get, uri);

    /// <summary>Runs a statement; all of its answers, the one to POST first.</summary>
    public async Task<List<Reply>> RunAsync(string sql, params (string Header, string Value)[] session) =>
        await FollowAsync(await PostAsync(sql, session));

    /// <summary>Polls a statement to its end; all answers from the given one on.</summary>
    public async Task<List<Reply>> FollowAsync(Reply from)
    {
        var replies = new List<Reply> { from };
        while (replies[^1].NextUri is { } next)
            replies.Add(await GetAsync(next));
        return replies;
    }

    /// <summary>The same as the Java clients do it: a GET that met no answer is sent again.</summary>
    /// <param name="patience">In all.</param>
    public async Task<List<Reply>> FollowPatientlyAsync(Reply from, TimeSpan patience)
    {
        var (replies, time) = (new List<Reply> { from }, TimeProvider.System);
        for (var began = time.GetTimestamp(); replies[^1].NextUri is { } next;)
        {
            try
            {
                replies.Add(await GetAsync(next));
            }
            catch (HttpRequestException) when (time.GetElapsedTime(began) < patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            }
        }
        return replies;
    }

    /// <summary>A response header of a run, wherever it came.</summary>
    public string? Header(IEnumerable<Reply> run, string name) =>
        run.Select(reply => reply.Message.Headers.TryGetValues(dialect.Header(name), out var values) ? values.First() : null).LastOrDefault(value => value is not null);

    public async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Add(dialect.Header("User"), "conformance");
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = pace is null ? await answer.Content.ReadAsByteArrayAsync() : await pace.ReadAsync(answer.Content);
        var plain = answer.Content.Headers is { ContentType.MediaType: "application/json", ContentEncoding.Count: 0 };
        return new Reply(answer.StatusCode, answer, body, plain && body.Length > 0 ? JsonDocument.Parse(body).RootElement : default);
    }

    public void Dispose() => _http.Dispose();
}
