using System.Text.Json;
using Segue.Core.Model;
using Segue.EndToEnd.Failover;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;

namespace Segue.EndToEnd.Commands;

/// <summary>An operator looks at a query that is recovering and ends it, with the real program before stand-in coordinators.</summary>
public sealed class QueriesCommandTests
{
    private const string Sql = "SELECT name FROM tpch.tiny.nation WHERE name <> 'ATLANTIS'";

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_query_is_listed_its_recovery_is_told_and_a_cancel_is_the_clients_error(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, ["--page-rows", "1", "--page-delay", "1000"], "    recovery: { holdback: { time: 60s } }");
        using var client = cluster.Client();
        var first = await cluster.ActiveAsync();
        var other = cluster.Other(first);
        var posted = await client.PostAsync(Sql);
        var id = posted.Json.GetProperty("id").GetString()!;
        var reading = client.FollowAsync(posted);
        await RunsOnAsync(first);
        var (code, output, error) = await AskAsync();
        error.ShouldBeEmpty();
        code.ShouldBe(0);
        output.ShouldStartWith("1 running\n");
        output.ShouldContain($"{id}: running, of conformance, ");
        output.ShouldContain("  SELECT name FROM tpch.tiny.nation WHERE name <> '…'\n");
        output.ShouldContain("The client sent it.");

        first.Process.Kill();
        await RunsOnAsync(other);
        (code, output, _) = await AskAsync("show", id);
        code.ShouldBe(0);
        output.ShouldContain($"{first.Name} was lost and no row was delivered; it is a query, so it is run again.");
        var took = output.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Contains($"  {other.Name} took it as", StringComparison.Ordinal)).ShouldHaveSingleItem(output);

        var run = took.Trim().TrimEnd('.').Split(' ')[^1];
        (code, output, _) = await AskAsync("show", run, "--json");
        var report = JsonSerializer.Deserialize(output, AdminJson.Default.QueryReport)!;
        (code, report.Id, report.Runs.Length).ShouldBe((0, id, 2));

        (code, output, error) = await AskAsync("cancel", run);
        code.ShouldBe(0, error);
        output.ShouldBe($"Query {id} is cancelled, and so is its run {run} on {other.Name}.\n");
        var end = (await reading)[^1];
        end.Error.GetProperty("errorName").GetString().ShouldBe("SEGUE_CANCELED");
        end.Error.GetProperty("message").GetString().ShouldBe("An operator cancelled this query with segue queries cancel. It changed nothing.");
        (code, _, error) = await AskAsync("cancel", "20260101_000000_00001_zzzzz");
        code.ShouldBe(4);
        error.ShouldStartWith("No query 20260101_000000_00001_zzzzz is known here.");
        (code, output, _) = await AskAsync();
        (code, output).ShouldBe((0, "no query runs, is held or recovers\n"));
        await cluster.WaitAsync("the recovery in the history", _ => cluster.Segue.Output.Contains("Recovered: queries without a coordinator, up to epoch 2", StringComparison.Ordinal));

        Task<(int Code, string Output, string Error)> AskAsync(params string[] arguments) =>
            SegueCommand.RunAsync(["queries", .. arguments, "--admin", cluster.Admin.OriginalString]);

        Task RunsOnAsync(RehearsedCoordinator coordinator) => Until.TrueAsync(
            async () => (await coordinator.RunsOfAsync(Sql)).Count == 1, RehearsedCluster.Patience, () => $"the query on {coordinator.Name}");
    }
}
