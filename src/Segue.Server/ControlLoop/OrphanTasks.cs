using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Server.Upstream;

namespace Segue.Server.ControlLoop;

/// <summary>Tasks of one incarnation on every worker. They are listed all at once: asking for one by its id would keep it alive.</summary>
internal sealed class OrphanTasks(ClusterLoop loop, ClusterServices services)
{
    private const string WorkerUris =
        "SELECT array_join(array_agg(http_uri), ' ') FROM system.runtime.nodes WHERE state = 'active' AND NOT coordinator";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Returns how many were told to end.</summary>
    public async Task<int> AbortAsync(Incarnation incarnation, IReadOnlySet<string> spared, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, services.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        var counts = await Task.WhenAll((await WorkersAsync(both.Token)).Select(worker => AbortOnAsync(worker, incarnation, spared, both.Token)));
        return counts.Sum();
    }

    private async Task<ImmutableArray<Uri>> WorkersAsync(CancellationToken cancellation)
    {
        if (services.Workers() is { IsEmpty: false } announced)
            return announced;
        if (loop.State.OpenTo is not { } active || !loop.Watches.TryGetValue(active, out var watch))
            throw new HttpRequestException("no coordinator can tell the workers' addresses");
        var told = await watch.Runner.RunAsync(WorkerUris, Limit, cancellation);
        if (told.Error is { } error)
            throw new HttpRequestException(error);
        return told.Cell is { ValueKind: JsonValueKind.String } cell
            ? [.. cell.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(uri => new Uri(uri))]
            : [];
    }

    private async Task<int> AbortOnAsync(Uri worker, Incarnation incarnation, IReadOnlySet<string> spared, CancellationToken cancellation)
    {
        var config = loop.State.Config;
        using var client = new CoordinatorClient(
            new CoordinatorConfig { Url = new Endpoint(worker.Scheme, worker.Host, worker.Port) }, new UpstreamTls(config.Tls), services.HeaderBytes);
        // workers keep ended tasks for 15 minutes, each with tens of kilobytes of statistics unless it is summarized
        using var list = Signed(client, HttpMethod.Get, "/v1/task?summarize");
        using var response = await client.SendAsync(list, cancellation);
        RequireSuccess(response, $"GET /v1/task on {worker}");
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var tasks = await JsonSerializer.DeserializeAsync(body, TaskEntryJson.Default.TaskEntryArray, cancellation) ?? [];
        var count = 0;
        foreach (var id in tasks.Where(task => !task.IsDone).Select(task => task.Id).OfType<string>())
        {
            var query = id[..Math.Max(id.IndexOf('.', StringComparison.Ordinal), 0)];
            if (!Incarnation.TryFromQueryId(query, out var owner) || owner != incarnation || spared.Contains(query))
                continue;
            using var abort = Signed(client, HttpMethod.Delete, $"/v1/task/{id}?abort=true");
            using var aborted = await client.SendAsync(abort, cancellation);
            RequireSuccess(aborted, $"DELETE /v1/task/{id} on {worker}");
            count++;
        }
        return count;
    }

    private static void RequireSuccess(HttpResponseMessage response, string request)
    {
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{request} was answered with status {(int)response.StatusCode}"
                + (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? "; internal_secret must be the cluster's shared secret" : ""));
    }

    private HttpRequestMessage Signed(CoordinatorClient client, HttpMethod method, string path)
    {
        var state = loop.State;
        var dialect = Dialect.Of(state.Config.Engine);
        var request = client.Request(method, path);
        // Trino takes the environment's name where no secret is set; Presto asks for a token only where one is
        var secret = state.Config.InternalSecret ?? (dialect == Dialect.Trino ? state.Reference?.Environment : null);
        if (secret is not null)
        {
            var bearer = InternalBearer.Create(secret, dialect, state.Reference?.Version ?? "", $"segue-{services.DeploymentId}", services.Time.GetUtcNow());
            request.Headers.TryAddWithoutValidation(dialect.Header("Internal-Bearer"), bearer);
        }
        return request;
    }
}

/// <summary>One task as a worker lists it: Presto names it at the top, Trino in its status.</summary>
internal sealed record TaskEntry(string? TaskId, TaskEntryStatus? TaskStatus)
{
    public string? Id => TaskId ?? TaskStatus?.TaskId;

    public bool IsDone => TaskStatus?.State is "FINISHED" or "CANCELED" or "ABORTED" or "FAILED";
}

internal sealed record TaskEntryStatus(string? TaskId, string? State);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TaskEntry[]))]
internal sealed partial class TaskEntryJson : JsonSerializerContext;
