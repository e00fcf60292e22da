using System.Text.Json;
using Segue.Core.Protocol;
using Segue.Core.Routing;

namespace Segue.EndToEnd.Transparency;

/// <summary>A client of one server that does what a talk says and writes down what it saw.</summary>
internal sealed class RawClient(Uri server, Uri coordinator, Dialect dialect)
{
    private readonly ClientSession _session = new(dialect);
    private string _query = "";

    public async Task<Transcript> DoAsync(Talk talk)
    {
        var transcript = new Transcript(server, dialect.HeaderPrefix);
        foreach (var step in talk.Steps)
        {
            transcript.Say($"{step}");
            await (step switch
            {
                Step.Run run => RunAsync(run, transcript),
                Step.Cancel cancel => CancelAsync(cancel, transcript),
                Step.Ask ask => AskAsync(ask, transcript),
                _ => throw new InvalidOperationException($"no such step: {step}"),
            });
        }
        return transcript;
    }

    /// <summary>A statement's answers; the one to POST first.</summary>
    public async Task<List<RawAnswer>> RunAsync(Step.Run run)
    {
        var pages = new List<RawAnswer> { await PostAsync(run.Sql, run) };
        while (NextOf(pages[^1]) is { } next)
            pages.Add(await PollAsync(next));
        foreach (var page in pages)
            _session.Learn(page);
        return pages;
    }

    private async Task RunAsync(Step.Run run, Transcript transcript) => transcript.Statement(await RunAsync(run), run.Rows);

    private async Task CancelAsync(Step.Cancel cancel, Transcript transcript)
    {
        var next = NextOf(await PostAsync(cancel.Sql, cancel));
        var running = false;
        while (!running)
        {
            var page = await PollAsync(next.ShouldNotBeNull());
            next = NextOf(page);
            running = Json(page) is { } json && json.GetProperty("stats").GetProperty("state").GetString() == "RUNNING";
        }
        transcript.Answer(await RawHttp.SendAsync(server, "DELETE", cancel.ByQueryId ? $"/v1/query/{_query}" : next.ShouldNotBeNull(), _session.Lines));
        // whichever way the cancel came, the coordinator knows of it
        using var query = JsonDocument.Parse((await RawHttp.SendAsync(coordinator, "GET", $"/v1/query/{_query}", _session.Lines)).Body);
        transcript.Say($"the coordinator says {query.RootElement.GetProperty("state")} {query.RootElement.GetProperty("errorCode").GetProperty("name")}");
    }

    private async Task AskAsync(Step.Ask ask, Transcript transcript) =>
        transcript.Answer(await RawHttp.SendAsync(server, ask.Method, ask.Target.Replace("{id}", _query, StringComparison.Ordinal), [.. _session.Lines, .. ask.Headers], ask.Body));

    private async Task<RawAnswer> PostAsync(string sql, Step step)
    {
        var target = step is Step.Run run ? run.Target : "/v1/statement";
        var answer = await RawHttp.SendAsync(server, "POST", target, [.. _session.Lines, .. step.Headers], sql);
        if (Json(answer) is { } page)
            _query = page.GetProperty("id").GetString()!;
        return answer;
    }

    private Task<RawAnswer> PollAsync(string target) =>
        RawHttp.SendAsync(server, "GET", target, [(dialect.Header("User"), "transparency")]);

    private static string? NextOf(RawAnswer answer) =>
        Json(answer) is { } page && page.TryGetProperty("nextUri", out var next) ? StatementPath.UpstreamOf(next.GetString()!) : null;

    private static JsonElement? Json(RawAnswer answer) =>
        answer.Status == 200 && answer.Header("Content-Type") == "application/json" ? JsonDocument.Parse(answer.Body).RootElement : null;
}
