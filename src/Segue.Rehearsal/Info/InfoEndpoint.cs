using System.Globalization;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Rehearsal.Hosting;

namespace Segue.Rehearsal.Info;

/// <summary>/v1/info, /v1/info/state, /v1/info/coordinator and /v1/status (protocol.md §5).</summary>
internal sealed class InfoEndpoint(RehearsalOptions options, string? incarnation)
{
    private readonly long _started = options.Time.GetTimestamp();

    public bool Starting => options.Time.GetElapsedTime(_started) < options.StartDelay;

    /// <summary>The node is going down.</summary>
    public bool ShuttingDown { get; set; }

    public Task HandleAsync(HttpContext http, string path) => path switch
    {
        "/v1/info" => InfoAsync(http),
        "/v1/info/state" => Answer.JsonAsync(http, json => json.WriteStringValue(State)),
        "/v1/info/coordinator" => Answer.StatusAsync(http, incarnation is null ? 404 : 200),
        "/v1/status" => Answer.JsonAsync(http, json =>
        {
            json.WriteStartObject();
            json.WriteString("nodeId", options.NodeId);
            json.WriteString("environment", options.Environment);
            json.WriteString("uptime", Uptime);
            json.WriteEndObject();
        }),
        _ => Answer.StatusAsync(http, 404),
    };

    private string State => ShuttingDown ? "SHUTTING_DOWN" : "ACTIVE";

    /// <summary>As the engines print a duration: two decimals and the largest unit that fits.</summary>
    private string Uptime
    {
        get
        {
            var up = options.Time.GetElapsedTime(_started);
            var (value, unit) = up switch
            {
                { TotalSeconds: < 1 } => (up.TotalMilliseconds, "ms"),
                { TotalMinutes: < 1 } => (up.TotalSeconds, "s"),
                { TotalHours: < 1 } => (up.TotalMinutes, "m"),
                { TotalDays: < 1 } => (up.TotalHours, "h"),
                _ => (up.TotalDays, "d"),
            };
            return value.ToString("0.00", CultureInfo.InvariantCulture) + unit;
        }
    }

    private Task InfoAsync(HttpContext http) => Answer.JsonAsync(http, json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("nodeVersion");
        json.WriteString("version", Versions.Of(options.Engine));
        json.WriteEndObject();
        json.WriteString("environment", options.Environment);
        json.WriteBoolean("coordinator", incarnation is not null);
        json.WriteBoolean("starting", Starting);
        json.WriteString("uptime", Uptime);
        if (options.Engine == EngineKind.Trino)
        {
            json.WriteString("nodeId", options.NodeId);
            json.WriteString("state", State);
            if (incarnation is not null)
                json.WriteString("coordinatorId", incarnation);
        }
        json.WriteEndObject();
    });
}
