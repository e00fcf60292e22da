using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Segue.Server.Telemetry;

namespace Segue.Server.Admin;

/// <summary>The admin port's paths. All but one only read, and that one is for this machine alone, so the port may be bound wide (R10.4).</summary>
public sealed class AdminEndpoints(AdminSources sources, SegueHealth health, PrometheusText metrics)
{
    private const int HistoryDefault = 100;
    private const int HistoryMost = 1000;

    private const string Paths = """
        /api/status          who is active since when and why, as JSON
        /api/history?last=N  the last N events, as JSON (100 unless told, at most 1000)
        /api/queries         the queries that run, are held or recover, as JSON
        /api/queries/{id}    the story of one of them, as JSON; DELETE cancels it, from this machine alone
        /health/live         200 while this process answers
        /health/ready        200 when clients may be sent here, else 503; the body says why
        /metrics             Prometheus text

        """;

    private readonly StatusReporter _reporter = new(sources, health);
    private readonly QueryEndpoints _queries = new(sources);

    public Task HandleAsync(HttpContext context)
    {
        var query = context.Request.Path.StartsWithSegments(QueryEndpoints.Path, StringComparison.Ordinal, out var id) && id.Value is ['/', _, ..] named
            ? named[1..]
            : null;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)
            && !(query is not null && HttpMethods.IsDelete(context.Request.Method)))
        {
            context.Response.Headers.Allow = query is null ? "GET, HEAD" : "GET, HEAD, DELETE";
            return TextAsync(context, StatusCodes.Status405MethodNotAllowed, "Everything here is read with GET, and only a query is cancelled, with DELETE.\n");
        }

        return context.Request.Path.Value switch
        {
            "/" => TextAsync(context, StatusCodes.Status200OK, $"Segue {SegueVersion.Current}\n{Paths}"),
            "/api/status" => JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(_reporter.Status(), AdminJson.Default.StatusReport)),
            "/api/history" => HistoryAsync(context),
            QueryEndpoints.Path => _queries.HandleAsync(context, null),
            _ when query is not null => _queries.HandleAsync(context, query),
            "/health/live" => TextAsync(context, StatusCodes.Status200OK, SegueHealth.Alive + "\n"),
            "/health/ready" => ReadyAsync(context),
            "/metrics" => TextAsync(context, StatusCodes.Status200OK, metrics.Render(), PrometheusText.ContentType),
            var path => TextAsync(context, StatusCodes.Status404NotFound, $"There is no {path} here. There is:\n{Paths}"),
        };
    }

    private Task HistoryAsync(HttpContext context)
    {
        var last = HistoryDefault;
        if (context.Request.Query["last"] is [{ } asked, ..]
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out last) || last is 0 or > HistoryMost))
            return TextAsync(context, StatusCodes.Status400BadRequest, $"last={asked}: a number from 1 to {HistoryMost} is expected.\n");
        return JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(_reporter.History(last), AdminJson.Default.ImmutableArrayEventReport));
    }

    private Task ReadyAsync(HttpContext context)
    {
        var (ready, sentence) = health.Ready();
        return TextAsync(context, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, sentence + "\n");
    }

    internal static Task TextAsync(HttpContext context, int status, string text, string type = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    internal static Task JsonAsync(HttpContext context, byte[] json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }
}
