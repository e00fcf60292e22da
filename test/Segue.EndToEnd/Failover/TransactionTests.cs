using Segue.Core.Model;
using Segue.EndToEnd.Clients;

namespace Segue.EndToEnd.Failover;

/// <summary>A transaction dies with its coordinator, and its client can go on (R6.6).</summary>
public sealed class TransactionTests
{
    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task ROLLBACK_of_a_transaction_whose_coordinator_died_succeeds_and_anything_else_says_that_it_is_lost(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine);
        using var client = cluster.Client();
        var transaction = client.Header(await client.RunAsync("START TRANSACTION", ("Transaction-Id", "NONE")), "Started-Transaction-Id").ShouldNotBeNull();
        (await RunAsync("SELECT 1"))[^1].State.ShouldBe("FINISHED");
        (await cluster.ActiveAsync()).Process.Kill();

        foreach (var sql in (string[])["SELECT 1", "COMMIT"])
        {
            var lost = await RunAsync(sql);
            lost[^1].State.ShouldBe("FAILED");
            lost[^1].Error.GetProperty("errorName").GetString().ShouldBe("SEGUE_TRANSACTION_LOST", sql);
            client.Header(lost, "Clear-Transaction-Id").ShouldBe("true");
        }
        var rollback = await RunAsync("ROLLBACK");
        rollback[^1].State.ShouldBe("FINISHED", rollback[^1].Json.ToString());
        rollback[^1].HasError.ShouldBeFalse();
        client.Header(rollback, "Clear-Transaction-Id").ShouldBe("true");

        Task<List<Reply>> RunAsync(string sql) => client.RunAsync(sql, ("Transaction-Id", transaction));
    }
}
