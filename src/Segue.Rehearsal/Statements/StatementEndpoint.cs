using System.Text;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Rehearsal.Hosting;

namespace Segue.Rehearsal.Statements;

/// <summary>/v1/statement and everything below it.</summary>
internal sealed class StatementEndpoint(RehearsalOptions options, QueryRegistry queries, QueryExecution execution)
{
    /// <summary>The server's long poll is never longer (protocol.md §1.1).</summary>
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(1);

    private readonly Dialect _dialect = Dialect.Of(options.Engine);
    private readonly FaultDice _dice = new(options.Faults, options.Seed);

    public async Task HandleAsync(HttpContext http)
    {
        var method = http.Request.Method;
        if (http.Request.Path.Value!.TrimEnd('/') == "/v1/statement")
            await (HttpMethods.IsPost(method) ? SubmitAsync(http)
                : Answer.StatusAsync(http, HttpMethods.IsHead(method) && options.Engine == EngineKind.Trino ? 200 : 405));
        else if (HttpMethods.IsPut(method) && options.Engine == EngineKind.Presto)
            await PutAsync(http);
        else if (StatementUris.Read(http, options.Engine) is not { } uri
                 || queries.Find(uri.QueryId) is not { } query
                 || !query.Slug.Fits(uri.Slug, uri.Executing, uri.Token))
            await Answer.TextAsync(http, 404, "Query not found");
        else if (HttpMethods.IsDelete(method))
        {
            query.Fail(QueryError.Canceled());
            await Answer.StatusAsync(http, 204);
        }
        else if (HttpMethods.IsHead(method) && options.Engine == EngineKind.Trino && uri.Executing)
            await Answer.StatusAsync(http, 200);
        // where the engines have no HEAD of their own it is a GET without its body, and begins the statement
        else if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
            await Answer.StatusAsync(http, 405);
        else if (_dice.Strikes(Fault.PollReset))
            http.Abort();
        else if (_dice.Strikes(Fault.Poll503))
            await Answer.StatusAsync(http, 503);
        else if (uri.Executing)
            await ExecutingAsync(http, query, uri.Token);
        else
            await QueuedAsync(http, query, uri.Token);
    }

    private async Task SubmitAsync(HttpContext http)
    {
        if (_dice.Strikes(Fault.Post503))
            await Answer.StatusAsync(http, 503);
        else if (await ReadAsync(http) is { } request)
            await WriteAsync(http, queries.Add(request), null, executing: false, 1);
    }

    /// <summary>PrestoDB 0.290 and later: the client chooses the query id and the slug; the same again is the same query (protocol.md §1.2).</summary>
    private async Task PutAsync(HttpContext http)
    {
        var id = http.Request.Path.Value!["/v1/statement/".Length..];
        var slug = http.Request.Query["slug"].ToString();
        if (id.Contains('/', StringComparison.Ordinal) || slug.Length == 0)
            await Answer.TextAsync(http, 400, "slug is missing");
        else if (await ReadAsync(http) is { } request)
        {
            var query = queries.Keep(new Query(id, new Slug(slug), request, options.Time.GetUtcNow()));
            if (!query.Slug.Fits(slug, executing: false, 0) || query.Polled)
                await Answer.TextAsync(http, 409, "Query already exists");
            else
                await WriteAsync(http, query, null, executing: false, 1);
        }
    }

    private async Task<StatementRequest?> ReadAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var sql = await reader.ReadToEndAsync(http.RequestAborted);
        if (string.IsNullOrEmpty(http.Request.Headers[_dialect.Header("User")]))
            await (options.Engine == EngineKind.Presto
                ? Answer.TextAsync(http, 400, "User must be set")
                : Answer.TextAsync(http, 401, "Basic authentication or X-Trino-Original-User or X-Trino-User must be sent"));
        else if (sql.Length == 0)
            await Answer.TextAsync(http, 400, "SQL statement is empty");
        else
            return StatementRequest.Read(sql, http.Request.Headers, _dialect);
        return null;
    }

    private async Task QueuedAsync(HttpContext http, Query query, long token)
    {
        if (!query.Pages.AcceptQueued(token))
        {
            await Answer.TextAsync(http, 410, "Invalid token");
            return;
        }
        if (query.TrySubmit())
            _ = Task.Run(() => execution.RunAsync(query));
        try
        {
            await query.Dispatched.WaitAsync(LongPoll, options.Time, http.RequestAborted);
        }
        catch (TimeoutException)
        {
            await WriteAsync(http, query, null, executing: false, token + 1);
            return;
        }
        // Presto answers with the first executing page at once, Trino sends the client there (protocol.md §1.1)
        if (options.Engine == EngineKind.Presto)
            await ExecutingAsync(http, query, 0);
        else if (query.Error is null)
            await WriteAsync(http, query, null, executing: true, 0);
        else
            await WriteAsync(http, query, null, executing: true, null);
    }

    private async Task ExecutingAsync(HttpContext http, Query query, long token)
    {
        var (verdict, page) = await query.Pages.PollAsync(query, token, LongPoll, options.Time, http.RequestAborted);
        if (page is null)
            await Answer.TextAsync(http, verdict == PollVerdict.Gone ? 410 : 404, "");
        else
            await WriteAsync(http, query, page, executing: true, page.Last ? null : page.Token + 1);
    }

    private async Task WriteAsync(HttpContext http, Query query, ResultPage? page, bool executing, long? next)
    {
        var origin = StatementUris.Origin(http, options.Engine);
        var nextUri = next is { } token ? StatementUris.Of(origin, options.Engine, query, executing, token) : null;
        if (page is not null)
            foreach (var (name, value) in query.SessionHeaders)
                http.Response.Headers.Append(_dialect.Header(name), value);
        var elapsed = options.Time.GetUtcNow() - query.Created;
        var body = Json.Bytes(json => ResultWriter.Write(json, options.Engine, query, origin, nextUri, page, elapsed));
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        if (page?.Data is not null && _dice.Strikes(Fault.PageCut))
        {
            await http.Response.Body.WriteAsync(body[..(body.Length / 2)], http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            http.Abort();
        }
        else
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
