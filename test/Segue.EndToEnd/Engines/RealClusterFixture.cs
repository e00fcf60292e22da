using Segue.Core.Model;

namespace Segue.EndToEnd.Engines;

/// <summary>One real cluster for a class of tests, each of which leaves both coordinators to come back.</summary>
public abstract class RealClusterFixture(EngineKind engine) : IAsyncLifetime
{
    private const string Settings = """
            health: { unresponsive_after: 4s }
            canary: { interval: 10s }
        """;

    private RealCluster? _cluster;

    public EngineKind Engine => engine;

    /// <summary>The cluster with both coordinators warm; skips the test where there is none.</summary>
    internal async Task<RealCluster> WarmAsync()
    {
        RealEngines.Require();
        foreach (var coordinator in _cluster!.Coordinators)
            await _cluster.WaitForWarmAsync(coordinator, since: default);
        return _cluster;
    }

    public async Task InitializeAsync()
    {
        if (RealEngine.Script is not null)
            _cluster = await RealCluster.StartAsync(engine, Settings);
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}

public sealed class RealPrestoCluster() : RealClusterFixture(EngineKind.Presto);

public sealed class RealTrinoCluster() : RealClusterFixture(EngineKind.Trino);
