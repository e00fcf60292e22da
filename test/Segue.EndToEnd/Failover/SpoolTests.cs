using System.Net;
using Segue.Core.Model;

namespace Segue.EndToEnd.Failover;

/// <summary>With <c>holdback: all</c> a read gives the rows of one run whatever dies, also one whose runs have nothing in common.</summary>
public sealed class SpoolTests
{
    private const string All = "    recovery: { holdback: all }";

    /// <summary>Each run has a number of its own, which stands in every row.</summary>
    private const string Random = "SELECT custkey, (SELECT random()) FROM tpch.tiny.customer";

    private static readonly string[] SlowPages = ["--page-rows", "100", "--page-delay", "150"];

    [Theory]
    [InlineData(EngineKind.Presto, Random)]
    [InlineData(EngineKind.Trino,  Random)]
    [InlineData(EngineKind.Presto, $"{Random} LIMIT 1499")]
    [InlineData(EngineKind.Trino,  $"{Random} LIMIT 1499")]
    public async Task A_read_that_is_killed_half_way_gives_the_rows_of_one_run_alone(EngineKind engine, string sql)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, SlowPages, All);
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var run = client.RunAsync(sql);
        await Processes.Until.TrueAsync(async () => (await active.RunsOfAsync(sql)) is [> 500], RehearsedCluster.Patience, () => "a half read");
        active.Process.Kill();

        ShouldBeOneRun(await run, sql);
        (await cluster.Other(active).RunsOfAsync(sql)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_read_whose_last_row_is_here_needs_no_coordinator(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, ["--page-rows", "100"], All);
        using var client = cluster.Client();
        var begun = new List<Clients.Reply> { await client.PostAsync(Random) };
        while (!begun[^1].Rows.Any())
            begun.Add(await client.GetAsync(begun[^1].NextUri.ShouldNotBeNull(begun[^1].Json.ToString())));
        foreach (var coordinator in cluster.Coordinators)
        {
            coordinator.Process.Kill();
            await coordinator.Process.WaitForExitAsync(RehearsedCluster.Patience);
        }

        var rest = await client.FollowAsync(begun[^1]);
        ShouldBeOneRun([.. begun[..^1], .. rest], Random);
        (await cluster.StatusAsync()).Queries.Recovered.ShouldBe(0);
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_read_whose_rows_waited_in_a_Segue_that_was_killed_is_run_again(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, SlowPages, All);
        using var client = cluster.Client();
        var begun = new List<Clients.Reply> { await client.PostAsync(Random) };
        while (begun[^1].State != "RUNNING")
            begun.Add(await client.GetAsync(begun[^1].NextUri.ShouldNotBeNull(begun[^1].Json.ToString())));
        begun.ShouldAllBe(reply => !reply.Rows.Any());
        await cluster.WaitForJournalAsync();
        await cluster.RestartSegueAsync();

        ShouldBeOneRun(await client.FollowPatientlyAsync(begun[^1], RehearsedCluster.Patience), Random);
    }

    private static void ShouldBeOneRun(List<Clients.Reply> run, string sql)
    {
        run.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        var rows = run.SelectMany(reply => reply.Rows).Select(row => row.Trim('[', ']').Split(',')).ToList();
        rows.Count.ShouldBe(sql.Contains("LIMIT", StringComparison.Ordinal) ? 1499 : 1500);
        rows.Select(row => row[0]).Distinct().Count().ShouldBe(rows.Count);
        rows.Select(row => row[1]).Distinct().ShouldHaveSingleItem();
    }
}
