using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Demo;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;

namespace Segue.EndToEnd.Engines;

/// <summary>Two real coordinators, two real workers that find them through Segue, and Segue in front of them.</summary>
internal sealed class RealCluster : IAsyncDisposable
{
    /// <summary>JVMs on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    /// <summary>The secret that the engine script gives to Trino's nodes: workers want it of who ends their tasks.</summary>
    private const string TrinoSecret = "    internal_secret: segue-tests";

    /// <summary>By default a worker keeps what it ran for 15 minutes, which fills a small heap.</summary>
    private static readonly string[] WorkerOptions = ["--set", "task.info.max-age=1m"];

    private readonly List<RealEngine> _nodes = [];

    private RealCluster(EngineKind engine, string settings, int[] ports)
    {
        Dialect = Dialect.Of(engine);
        var all = engine == EngineKind.Trino ? $"{TrinoSecret}\n{settings}" : settings;
        Front = new SegueFront(engine, ports[2..4].Select(DemoNode.Loopback), all, ports[0], ports[1]);
    }

    public Dialect Dialect { get; }

    public SegueFront Front { get; }

    public IReadOnlyList<RealEngine> Coordinators => _nodes[..2];

    public IReadOnlyList<RealEngine> Workers => _nodes[2..];

    /// <summary>Starts all of it and waits until either coordinator is warm.</summary>
    /// <param name="settings">More lines of the cluster's configuration, indented by four.</param>
    /// <param name="coordinatorOptions">More options of the engine script for coordinators.</param>
    public static Task<RealCluster> StartAsync(EngineKind engine, string settings = "", params string[] coordinatorOptions) =>
        StartAsync(engine, settings, [], coordinatorOptions);

    /// <param name="nodeOptions">More options of the engine script for every node.</param>
    public static async Task<RealCluster> StartAsync(EngineKind engine, string settings, string[] nodeOptions, string[] coordinatorOptions)
    {
        var ports = DemoNode.FreePorts(6);
        var cluster = new RealCluster(engine, settings, ports);
        try
        {
            var discovery = cluster.Front.Listen.GetLeftPart(UriPartial.Authority);
            foreach (var port in ports[2..4])
                cluster._nodes.Add(await RealEngine.StartAsync(cluster.Dialect, "coordinator", port, ["--discovery", discovery, .. nodeOptions, .. coordinatorOptions]));
            foreach (var port in ports[4..])
                cluster._nodes.Add(await RealEngine.StartAsync(cluster.Dialect, "worker", port, ["--discovery", discovery, .. nodeOptions, .. WorkerOptions]));
            foreach (var coordinator in cluster.Coordinators)
                await cluster.WaitForWarmAsync(coordinator, since: default);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public StatementClient Client() => new(Front.Listen, Dialect);

    public async Task<RealEngine> ActiveAsync()
    {
        var active = (await Front.StatusAsync()).Active;
        return Coordinators.Single(coordinator => coordinator.Name == active);
    }

    public RealEngine Other(RealEngine coordinator) => Coordinators.Single(other => other != coordinator);

    public Task<ClusterReport> WaitAsync(string what, Func<ClusterReport, bool> condition) => Front.WaitAsync(what, Patience, condition);

    public Task<ClusterReport> WaitForActiveAsync(RealEngine coordinator) =>
        WaitAsync($"{coordinator.Name} active", status => status.Active == coordinator.Name && !status.Holding);

    /// <summary>Waits until a coordinator could take over without a cold start: it sees both workers, and its canary has run well.</summary>
    /// <param name="since">The canary must be later than this.</param>
    public Task<ClusterReport> WaitForWarmAsync(RealEngine coordinator, DateTimeOffset since) =>
        WaitAsync($"{coordinator.Name} warm", status => IsWarm(status.Coordinators.Single(one => one.Name == coordinator.Name), since));

    /// <summary>Starts an ended coordinator again and waits until it is warm.</summary>
    public async Task RestartAsync(RealEngine coordinator)
    {
        await coordinator.WaitForEndAsync();
        var ended = Now();
        await coordinator.RestartAsync();
        await WaitForWarmAsync(coordinator, ended);
    }

    /// <summary>The queries that a coordinator itself knows of.</summary>
    public async Task<IReadOnlyList<EngineQuery>> QueriesAsync(RealEngine coordinator)
    {
        using var client = new StatementClient(coordinator.Uri, Dialect);
        var reply = await client.GetAsync("/v1/query");
        return [.. reply.Json.EnumerateArray().Select(static query => new EngineQuery(
            query.GetProperty("queryId").GetString()!, query.GetProperty("state").GetString()!, query.GetProperty("query").GetString()!))];
    }

    public static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await Front.DisposeAsync();
    }

    private static bool IsWarm(CoordinatorReport coordinator, DateTimeOffset since) =>
        coordinator is { Ready: true, WorkersSeen: 2, LastCanary: { Succeeded: true } canary } && canary.At > since;
}

/// <summary>One query as its coordinator lists it.</summary>
internal sealed record EngineQuery(string Id, string State, string Sql)
{
    public bool IsDone => State is "FINISHED" or "FAILED";
}
