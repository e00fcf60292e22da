using System.Net;
using Segue.Core.Model;

namespace Segue.EndToEnd.Failover;

/// <summary>A coordinator that is silent but not dead (R2.2).</summary>
public sealed class FreezeTests
{
    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task Clients_wait_for_a_frozen_coordinator_until_it_is_given_up_and_thawed_it_becomes_a_standby_that_gets_no_statement(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, settings: "    health: { unresponsive_after: 3s }");
        using var client = cluster.Client();
        var frozen = await cluster.ActiveAsync();
        var other = cluster.Other(frozen);
        frozen.Process.Freeze();

        var run = await client.RunAsync("SELECT 1");
        run.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run.SelectMany(reply => reply.Rows).ShouldBe(["[1]"]);
        (await cluster.ActiveAsync()).ShouldBe(other);

        frozen.Process.Thaw();
        await cluster.WaitAsync("the thawed one as a standby", status => status.Coordinators.Single(one => one.Name == frozen.Name).Role == "standby");
        foreach (var number in Enumerable.Range(100, 5))
        {
            (await cluster.RowsAsync($"SELECT {number}")).ShouldBe([$"[{number}]"]);
            (await frozen.RunsOfAsync($"SELECT {number}")).ShouldBeEmpty();
            (await other.RunsOfAsync($"SELECT {number}")).Count.ShouldBe(1);
        }
        (await cluster.ActiveAsync()).ShouldBe(other);
    }
}
