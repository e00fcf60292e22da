using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Segue.Rehearsal.Hosting;
using Segue.Rehearsal.Tasks;

namespace Segue.Rehearsal.Discovery;

/// <summary>What a Trino coordinator knows of announced URIs; the nodes' facts are pulled from the nodes (protocol.md §2.3).</summary>
internal sealed class TrinoInventory(RehearsalOptions options, HttpClient http, Cluster cluster, InternalBearer bearer)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Uri, DateTimeOffset> _announced = new();
    private readonly ConcurrentDictionary<Uri, Node> _nodes = new();

    public async Task HandleAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await Answer.JsonAsync(context, json =>
            {
                json.WriteStartArray();
                foreach (var uri in _announced.Keys)
                    json.WriteStringValue(uri.OriginalString);
                json.WriteEndArray();
            });
            return;
        }
        if (!bearer.Verify(context.Request.Headers[InternalBearer.Header].ToString()))
        {
            context.Response.StatusCode = 403;
            return;
        }
        using var reader = new StreamReader(context.Request.Body);
        if (!Uri.TryCreate(await reader.ReadToEndAsync(context.RequestAborted), UriKind.Absolute, out var uri))
        {
            context.Response.StatusCode = 400;
            return;
        }
        _announced[uri] = options.Time.GetUtcNow();
        context.Response.StatusCode = 204;
        if (!_nodes.ContainsKey(uri))
            _ = RefreshAsync(uri, CancellationToken.None);
    }

    /// <summary>Pulls the facts of every announced node until cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Poll, options.Time);
        while (await timer.WaitForNextTickAsync(cancellation))
            foreach (var (uri, at) in _announced)
                if (options.Time.GetUtcNow() - at <= MaxAge)
                    await RefreshAsync(uri, cancellation);
                else if (_announced.TryRemove(uri, out _))
                    Forget(uri);
    }

    private async Task RefreshAsync(Uri uri, CancellationToken cancellation)
    {
        try
        {
            using var info = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(uri, "/v1/info"), cancellation));
            var root = info.RootElement;
            if (root.GetProperty("environment").GetString() == options.Environment && !root.GetProperty("coordinator").GetBoolean())
                _nodes[uri] = new Node(root.GetProperty("nodeId").GetString()!, uri,
                    root.GetProperty("nodeVersion").GetProperty("version").GetString()!, Coordinator: false);
            cluster.Replace([.. _nodes.Values]);
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException)
        {
            Forget(uri);
        }
    }

    private void Forget(Uri uri)
    {
        _nodes.TryRemove(uri, out _);
        cluster.Replace([.. _nodes.Values]);
    }
}
