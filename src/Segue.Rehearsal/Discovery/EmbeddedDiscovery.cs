using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Segue.Rehearsal.Hosting;

namespace Segue.Rehearsal.Discovery;

/// <summary>The discovery server inside a Presto coordinator (protocol.md §2.1).</summary>
internal sealed class EmbeddedDiscovery(RehearsalOptions options)
{
    /// <summary>discovery.max-age.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, JsonElement Body)> _nodes = new(StringComparer.Ordinal);

    public async Task HandleAnnouncementAsync(HttpContext http, string nodeId)
    {
        if (HttpMethods.IsDelete(http.Request.Method))
        {
            _nodes.TryRemove(nodeId, out _);
            http.Response.StatusCode = 204;
            return;
        }
        using var body = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        if (body.RootElement.GetProperty("environment").GetString() != options.Environment)
        {
            await Answer.TextAsync(http, 400, $"Environment mismatch. Expected: {options.Environment}");
            return;
        }
        _nodes[nodeId] = (options.Time.GetUtcNow(), body.RootElement.Clone());
        http.Response.StatusCode = 202;
    }

    /// <param name="path">What stands behind <c>/v1/service</c>: nothing, a type, or type/pool.</param>
    public Task HandleServiceAsync(HttpContext http, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var oldest = options.Time.GetUtcNow() - MaxAge;
        return Answer.JsonAsync(http, json =>
        {
            json.WriteStartObject();
            json.WriteString("environment", options.Environment);
            json.WriteStartArray("services");
            foreach (var (nodeId, (at, node)) in _nodes)
                if (at >= oldest && (parts.Length < 2 || node.GetProperty("pool").GetString() == parts[1]))
                    foreach (var service in node.GetProperty("services").EnumerateArray())
                        if (parts.Length == 0 || service.GetProperty("type").GetString() == parts[0])
                            WriteService(json, nodeId, node, service);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteService(Utf8JsonWriter json, string nodeId, JsonElement node, JsonElement service)
    {
        json.WriteStartObject();
        json.WriteString("id", service.GetProperty("id").GetString());
        json.WriteString("nodeId", nodeId);
        json.WriteString("type", service.GetProperty("type").GetString());
        json.WriteString("pool", node.GetProperty("pool").GetString());
        json.WriteString("location", node.GetProperty("location").GetString());
        json.WritePropertyName("properties");
        service.GetProperty("properties").WriteTo(json);
        json.WriteEndObject();
    }
}
