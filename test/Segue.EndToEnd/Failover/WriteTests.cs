using System.Net;
using Segue.Core.Model;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Failover;

/// <summary>A statement with side effects takes effect at most once (I5), and its client is told the truth.</summary>
public sealed class WriteTests
{
    private const string Create = "CREATE TABLE memory.default.t (x bigint)";
    private const string Insert = "INSERT INTO memory.default.t VALUES (1)";
    private const string Count = "SELECT count(*) FROM memory.default.t";

    /// <summary>A statement runs two and a half seconds after its first poll, which is answered after one.</summary>
    private static readonly string[] SlowStart = ["--first-poll-delay", "2500"];

    [Theory]
    [InlineData(EngineKind.Presto, true)]
    [InlineData(EngineKind.Presto, false)]
    [InlineData(EngineKind.Trino, true)]
    [InlineData(EngineKind.Trino, false)]
    public async Task A_write_that_was_polled_is_not_run_again_and_its_outcome_is_said_to_be_unknown(EngineKind engine, bool tookEffect)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, SlowStart, "    canary: { warmups: 1 }");
        await cluster.RowsAsync(Create);
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var other = cluster.Other(active);
        var polled = await client.GetAsync((await client.PostAsync(Insert)).NextUri.ShouldNotBeNull());
        if (tookEffect)
            await Until.TrueAsync(async () => await CountAsync(cluster, other) == "[1]", RehearsedCluster.Patience, () => "the write's effect");
        active.Process.Kill();
        await active.Process.WaitForExitAsync(RehearsedCluster.Patience);
        var atDeath = await CountAsync(cluster, other);

        var run = await client.FollowAsync(polled);
        var last = run[^1];
        last.Status.ShouldBe(HttpStatusCode.OK);
        last.State.ShouldBe("FAILED");
        last.NextUri.ShouldBeNull();
        last.Error.GetProperty("errorName").GetString().ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        last.Error.GetProperty("message").GetString().ShouldNotBeNull().ShouldContain("may or may not have taken effect");
        (await other.RunsOfAsync(Insert)).ShouldBeEmpty();
        (await CountAsync(cluster, other)).ShouldBe(atDeath);
    }

    /// <param name="noticed">False where the first poll itself meets the dead coordinator.</param>
    [Theory]
    [InlineData(EngineKind.Presto, true)]
    [InlineData(EngineKind.Presto, false)]
    [InlineData(EngineKind.Trino, true)]
    [InlineData(EngineKind.Trino, false)]
    public async Task A_write_that_was_submitted_but_never_polled_is_submitted_again_and_runs_once(EngineKind engine, bool noticed)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine);
        await cluster.RowsAsync(Create);
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var other = cluster.Other(active);
        var submitted = await client.PostAsync(Insert);
        (await active.RunsOfAsync(Insert)).ShouldBe([0L]);
        active.Process.Kill();
        if (noticed)
            await cluster.WaitForActiveAsync(other);
        else
            await active.Process.WaitForExitAsync(RehearsedCluster.Patience);

        var run = await client.FollowAsync(submitted);
        run.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run[^1].Json.GetProperty("updateCount").GetInt64().ShouldBe(1);
        run.ShouldAllBe(reply => reply.Json.GetProperty("id").GetString() == submitted.Json.GetProperty("id").GetString());
        (await other.RunsOfAsync(Insert)).Count.ShouldBe(1);
        (await CountAsync(cluster, other)).ShouldBe("[1]");
    }

    /// <summary>Asks a coordinator itself, past Segue.</summary>
    private static async Task<string> CountAsync(RehearsedCluster cluster, RehearsedCoordinator coordinator)
    {
        using var direct = new StatementClient(coordinator.Uri, cluster.Dialect);
        return (await direct.RunAsync(Count)).SelectMany(reply => reply.Rows).Single();
    }
}
