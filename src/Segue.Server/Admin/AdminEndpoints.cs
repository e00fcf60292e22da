using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Segue.Server.Telemetry;

namespace Segue.Server.Admin;

/// <summary>The admin port's paths. All of them only read, so the port may be bound wide (R10.4).</summary>
public sealed class AdminEndpoints(AdminSources sources, SegueHealth health, PrometheusText metrics)
{
    private const int HistoryDefault = 100;
    private const int HistoryMost = 1000;

    private const string Paths = """
        /api/status          who is active since when and why, as JSON
        /api/history?last=N  the last N events, as JSON (100 unless told, at most 1000)
        /health/live         200 while this process answers
        /health/ready        200 when clients may be sent here, else 503; the body says why
        /metrics             Prometheus text

        """;

    private readonly StatusReporter _reporter = new(sources, health);

    public Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return TextAsync(context, StatusCodes.Status405MethodNotAllowed, "Everything here is read with GET.\n");
        }

        return context.Request.Path.Value switch
        {
            "/" => TextAsync(context, StatusCodes.Status200OK, $"Segue {SegueVersion.Current}\n{Paths}"),
            "/api/status" => JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(_reporter.Status(), AdminJson.Default.StatusReport)),
            "/api/history" => HistoryAsync(context),
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

    private static Task TextAsync(HttpContext context, int status, string text, string type = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static Task JsonAsync(HttpContext context, byte[] json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }
}
