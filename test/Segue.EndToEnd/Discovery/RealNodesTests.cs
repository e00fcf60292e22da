using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.EndToEnd.Engines;
using Segue.Server.Tests.Discovery;

namespace Segue.EndToEnd.Discovery;

/// <summary>Real workers find real coordinators through the discovery front (protocol.md §2).</summary>
[Collection(RealEngines.Name)]
public sealed class RealNodesTests
{
    private const string CountNations = "SELECT count(*) FROM tpch.tiny.nation";

    [SkippableFact]
    public async Task A_Presto_worker_is_found_by_its_coordinator()
    {
        await using var engine = Engine.FindOrSkip();
        var coordinator = new Uri("http://127.0.0.1:18301");
        using var cluster = new FixedCluster(EngineKind.Presto, new(), coordinator);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), TimeProvider.System, 18300);

        await engine.RunAsync("start", "c1", "presto", "coordinator", "18301", "--discovery", "http://127.0.0.1:18300");
        await engine.RunAsync("start", "w1", "presto", "worker", "18302", "--discovery", "http://127.0.0.1:18300");
        await engine.RunAsync("wait", "c1");
        await engine.RunAsync("wait", "w1");

        (await Engine.ScalarAsync(coordinator, "X-Presto-", CountNations)).ShouldBe("25");
        host.Front.Workers.ShouldBe([new Uri("http://127.0.0.1:18302")]);
    }

    [SkippableTheory]
    [InlineData("itself")]
    [InlineData("the front")]
    public async Task A_Trino_worker_is_found_by_its_coordinator_whose_discovery_is(string discovery)
    {
        await using var engine = Engine.FindOrSkip();
        var coordinator = new Uri("http://127.0.0.1:18311");
        using var cluster = new FixedCluster(EngineKind.Trino, new(), coordinator);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), TimeProvider.System, 18310);

        await engine.RunAsync(
            "start", "c1", "trino", "coordinator", "18311", "--discovery", discovery == "itself" ? $"{coordinator.GetLeftPart(UriPartial.Authority)}" : "http://127.0.0.1:18310");
        await engine.RunAsync("start", "w1", "trino", "worker", "18312", "--discovery", "http://127.0.0.1:18310");
        await engine.RunAsync("wait", "c1");
        await engine.RunAsync("wait", "w1");

        (await Engine.ScalarAsync(coordinator, "X-Trino-", CountNations)).ShouldBe("25");
        host.Front.Workers.ShouldBe([new Uri("http://127.0.0.1:18312")]);
    }

    [SkippableFact]
    public async Task A_Presto_coordinator_with_its_own_discovery_gets_forwarded_announcements()
    {
        await using var engine = Engine.FindOrSkip();
        var coordinator = new Uri("http://127.0.0.1:18321");
        using var cluster = new FixedCluster(EngineKind.Presto, new() { Mode = DiscoveryMode.Forward }, coordinator);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), TimeProvider.System, 18320);

        await engine.RunAsync("start", "c1", "presto", "coordinator", "18321");
        await engine.RunAsync("start", "w1", "presto", "worker", "18322", "--discovery", "http://127.0.0.1:18320");
        await engine.RunAsync("wait", "c1");
        await engine.RunAsync("wait", "w1");

        (await Engine.ScalarAsync(coordinator, "X-Presto-", CountNations)).ShouldBe("25");
        host.Front.Workers.ShouldBe([new Uri("http://127.0.0.1:18322")]);
    }
}
