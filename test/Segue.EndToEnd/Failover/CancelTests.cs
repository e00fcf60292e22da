using System.Net;
using Segue.Core.Model;

namespace Segue.EndToEnd.Failover;

/// <summary>After a cancel nothing of a statement starts any more (R3.3).</summary>
public sealed class CancelTests
{
    private const string Create = "CREATE TABLE memory.default.t (x bigint)";
    private const string Insert = "INSERT INTO memory.default.t VALUES (1)";
    private const string Count = "SELECT count(*) FROM memory.default.t";

    [Theory]
    [InlineData(EngineKind.Presto, true)]
    [InlineData(EngineKind.Trino, true)]
    [InlineData(EngineKind.Trino, false)]
    public async Task A_statement_that_is_cancelled_while_it_is_held_never_starts(EngineKind engine, bool byNextUri)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine);
        await cluster.RowsAsync(Create);
        using var client = cluster.Client();
        foreach (var coordinator in cluster.Coordinators)
            coordinator.Process.Kill();
        await cluster.WaitAsync("a hold", status => status.Holding);

        var held = await client.PostAsync(Insert);
        held.Status.ShouldBe(HttpStatusCode.OK);
        held.State.ShouldBe("QUEUED");
        var next = held.NextUri.ShouldNotBeNull();
        (await cluster.StatusAsync()).Queries.Held.ShouldBe(1);
        var cancel = byNextUri ? next : $"/v1/query/{held.Json.GetProperty("id").GetString()}";
        (await client.SendAsync(HttpMethod.Delete, cancel)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await client.GetAsync(next)).Status.ShouldBe(HttpStatusCode.Gone);
        (await cluster.StatusAsync()).Queries.Held.ShouldBe(0);

        foreach (var coordinator in cluster.Coordinators)
            await coordinator.RestartAsync();
        await cluster.WaitAsync("both coordinators", status => status.Coordinators.All(coordinator => coordinator.Ready));
        (await cluster.RowsAsync(Count)).ShouldBe(["[0]"]);
        foreach (var coordinator in cluster.Coordinators)
            (await coordinator.RunsOfAsync(Insert)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_statement_that_is_cancelled_before_its_first_poll_never_starts(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine);
        await cluster.RowsAsync(Create);
        using var client = cluster.Client();
        var next = (await client.PostAsync(Insert)).NextUri.ShouldNotBeNull();
        (await client.SendAsync(HttpMethod.Delete, next)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await client.GetAsync(next)).Status.ShouldBe(HttpStatusCode.Gone);
        (await cluster.RowsAsync(Count)).ShouldBe(["[0]"]);
    }
}
