using System.Net;
using Segue.Core.Model;

namespace Segue.EndToEnd.Failover;

/// <summary>Processes that end and come back.</summary>
public sealed class RestartTests
{
    private const string Nations = "SELECT nationkey, name FROM tpch.tiny.nation ORDER BY nationkey";

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_read_outlives_the_clean_stop_of_its_coordinator(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, ["--first-poll-delay", "1500"], "    canary: { warmups: 1 }");
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var polled = await client.GetAsync((await client.PostAsync(Nations)).NextUri.ShouldNotBeNull());
        active.Process.Terminate();

        var run = await client.FollowAsync(polled);
        run.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run.SelectMany(reply => reply.Rows).Count().ShouldBe(25);
        await cluster.WaitForActiveAsync(cluster.Other(active));
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_statement_that_comes_while_every_coordinator_is_down_is_held_and_then_answered(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine);
        using var client = cluster.Client();
        foreach (var coordinator in cluster.Coordinators)
            coordinator.Process.Kill();
        await cluster.WaitAsync("a hold", status => status.Holding);
        var held = await client.PostAsync(Nations);
        held.State.ShouldBe("QUEUED");
        foreach (var coordinator in cluster.Coordinators)
            await coordinator.RestartAsync();

        var run = await client.FollowAsync(held);
        run.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run.SelectMany(reply => reply.Rows).Count().ShouldBe(25);
    }
}
