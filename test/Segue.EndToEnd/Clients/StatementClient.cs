using System.Net;
using System.Text.Json;
using Segue.Core.Protocol;

namespace Segue.EndToEnd.Conformance;

/// <summary>One answer: its status, headers and, where it has one, its JSON.</summary>
internal sealed record Reply(HttpStatusCode Status, HttpResponseMessage Message, JsonElement Json)
{
    public string? NextUri => Json.TryGetProperty("nextUri", out var uri) ? uri.GetString() : null;

    public string State => Json.GetProperty("stats").GetProperty("state").GetString()!;

    public JsonElement Error => Json.GetProperty("error");
}

/// <summary>The least client of the statement protocol: it hides nothing that a test wants to see.</summary>
internal sealed class StatementClient(Uri coordinator, Dialect dialect) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = coordinator };

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
    public async Task<List<Reply>> RunAsync(string sql, params (string Header, string Value)[] session)
    {
        var replies = new List<Reply> { await PostAsync(sql, session) };
        while (replies[^1].NextUri is { } next)
            replies.Add(await GetAsync(next));
        return replies;
    }

    /// <summary>A response header of a run, wherever it came.</summary>
    public string? Header(IEnumerable<Reply> run, string name) =>
        run.Select(reply => reply.Message.Headers.TryGetValues(dialect.Header(name), out var values) ? values.First() : null).LastOrDefault(value => value is not null);

    public void Dispose() => _http.Dispose();

    private async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Add(dialect.Header("User"), "conformance");
        var answer = await _http.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        var json = answer.Content.Headers.ContentType?.MediaType == "application/json" ? JsonDocument.Parse(body).RootElement : default;
        return new Reply(answer.StatusCode, answer, json);
    }
}
