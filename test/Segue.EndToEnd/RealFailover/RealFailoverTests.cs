using System.Net;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Load;
using Segue.EndToEnd.Processes;
using Segue.EndToEnd.Reads;
using Xunit.Abstractions;

namespace Segue.EndToEnd.RealFailover;

/// <summary>What clients of real engines see when something breaks; <c>bench/</c> prints the times of twenty deaths.</summary>
public abstract class RealFailoverTests(RealClusterFixture fixture, ITestOutputHelper output)
{
    /// <summary>Some seconds of work, one row.</summary>
    private const string LongRead = "SELECT count(*) FROM tpch.sf1.lineitem";

    private const string LongReadRow = "[6001215]";

    [SkippableFact]
    public async Task Ten_clients_of_short_reads_see_no_error_and_no_wrong_row_when_coordinators_are_killed_and_stopped()
    {
        var cluster = await fixture.WarmAsync();
        await using (var story = await ReaderStory.StartAsync(cluster))
        {
            await story.KillAsync();
            var stopped = await cluster.ActiveAsync();
            await story.BreakAsync(stopped, "stopped", stopped.StopAsync);
            await cluster.RestartAsync(stopped);
            await story.KillBothAsync();
            foreach (var death in story.Deaths)
                output.WriteLine($"{fixture.Engine}: {death}");
            story.Load.Problems.ShouldBeEmpty();
        }
    }

    [SkippableFact]
    public async Task Reads_of_many_shapes_give_the_rows_of_a_quiet_run_when_the_coordinators_that_run_them_are_killed()
    {
        var cluster = await fixture.WarmAsync();
        var story = await ReadStory.StartAsync(cluster, ReadShapes.Few, seed: 1, output.WriteLine);
        await using (story)
        {
            for (var kill = 0; kill < 2; kill++)
                await story.KillAsync(within: TimeSpan.FromSeconds(4));
        }
        foreach (var read in story.Seen)
            output.WriteLine($"{fixture.Engine}: {read}, {read.Fate}");
        story.Seen.ShouldAllBe(read => read.IsRight);
        story.Seen.ShouldContain(read => read.Fate != ReadFate.Untouched);
    }

    [SkippableFact]
    public async Task A_frozen_coordinator_is_replaced_its_reads_run_elsewhere_and_its_write_ends_as_it_says_when_it_thaws()
    {
        var cluster = await fixture.WarmAsync();
        using var client = cluster.Client();
        var frozen = await cluster.ActiveAsync();
        var other = cluster.Other(frozen);
        var writing = client.RunAsync($"CREATE TABLE memory.default.frozen AS {LongRead.Replace("count(*)", "count(*) AS c", StringComparison.Ordinal)}");
        var reading = client.RunAsync(LongRead);
        await RunningAsync(cluster, frozen, LongRead);
        await RunningAsync(cluster, frozen, "CREATE TABLE memory.default.frozen");
        await frozen.FreezeAsync();
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            (await RowsAsync(client, "SELECT 1")).ShouldBe(["[1]"]);
            output.WriteLine($"{fixture.Engine}: a statement sent to the frozen coordinator took {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms, unresponsive_after is 4 s");
            (await cluster.ActiveAsync()).ShouldBe(other);
            Rows(await reading).ShouldBe([LongReadRow]);
        }
        finally
        {
            await frozen.ThawAsync();
        }

        var written = await writing;
        written[^1].State.ShouldBe("FINISHED", written[^1].Json.ToString());
        await cluster.WaitAsync("the thawed one as a standby", status => status.Coordinators.Single(one => one.Name == frozen.Name).Role == "standby");
        var known = await cluster.QueriesAsync(frozen);
        known.ShouldAllBe(query => query.IsDone || !query.Sql.StartsWith(LongRead, StringComparison.Ordinal));
        foreach (var number in Enumerable.Range(100, 5))
            (await RowsAsync(client, $"SELECT {number}")).ShouldBe([$"[{number}]"]);
        (await cluster.QueriesAsync(frozen)).ShouldNotContain(query => query.Sql.StartsWith("SELECT 10", StringComparison.Ordinal));
        await cluster.WaitAsync("the frozen one's tasks gone", _ => cluster.Front.Process.Output.Contains($"tasks of {frozen.Name}", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_write_whose_coordinator_is_killed_ends_in_the_truth_and_is_not_sent_again()
    {
        var cluster = await fixture.WarmAsync();
        using var client = cluster.Client();
        var victim = await cluster.ActiveAsync();
        const string write = "CREATE TABLE memory.default.killed AS SELECT count(*) AS c FROM tpch.sf1.lineitem";
        var writing = client.RunAsync(write);
        await RunningAsync(cluster, victim, write);
        await victim.KillAsync();

        var run = await writing;
        run.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        run[^1].State.ShouldBe("FAILED");
        run[^1].Error.GetProperty("errorName").GetString().ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        output.WriteLine($"{fixture.Engine}: {run[^1].Error.GetProperty("message").GetString()}");
        (await cluster.QueriesAsync(cluster.Other(victim))).ShouldNotContain(query => query.Sql == write);
        await cluster.RestartAsync(victim);
    }

    [SkippableFact]
    public async Task A_killed_worker_costs_its_queries_the_engines_own_error_and_nothing_hangs()
    {
        var cluster = await fixture.WarmAsync();
        var active = await cluster.ActiveAsync();
        var worker = cluster.Workers[0];
        using var client = cluster.Client();
        var reading = client.RunAsync(LongRead);
        await RunningAsync(cluster, active, LongRead);
        await worker.KillAsync();

        var run = await reading;
        if (run[^1].HasError)
            run[^1].Error.GetProperty("errorName").GetString().ShouldNotBeNull().ShouldNotStartWith("SEGUE_");
        else
            Rows(run).ShouldBe([LongReadRow]);
        output.WriteLine($"{fixture.Engine}: {(run[^1].HasError ? run[^1].Error.GetProperty("message").GetString() : "the read ended well")}");
        (await cluster.ActiveAsync()).ShouldBe(active);
        await worker.RestartAsync();
        await worker.WaitAsync(RealCluster.Patience);
        await cluster.WaitForWarmAsync(active, RealCluster.Now());
        (await RowsAsync(client, LongRead)).ShouldBe([LongReadRow]);
    }

    [SkippableFact]
    public async Task A_client_that_repeats_its_polls_follows_its_query_over_the_death_of_Segue()
    {
        var cluster = await fixture.WarmAsync();
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var posted = await client.PostAsync(LongRead);
        var reading = client.FollowPatientlyAsync(posted, RealCluster.Patience);
        await RunningAsync(cluster, active, LongRead);
        await cluster.Front.RestartAsync();

        Rows(await reading).ShouldBe([LongReadRow]);
        (await cluster.QueriesAsync(active)).Count(query => query.Sql == LongRead && query.Id == posted.Json.GetProperty("id").GetString()).ShouldBe(1);
        (await cluster.WaitForActiveAsync(active)).Epoch.ShouldBeGreaterThan(0);
    }

    private static async Task RunningAsync(RealCluster cluster, RealEngine coordinator, string sql) => await Until.TrueAsync(
        async () => (await cluster.QueriesAsync(coordinator)).Any(query => query.State == "RUNNING" && query.Sql.StartsWith(sql, StringComparison.Ordinal)),
        RealCluster.Patience, () => $"{sql} running on {coordinator.Name}");

    private static async Task<IReadOnlyList<string>> RowsAsync(StatementClient client, string sql) => Rows(await client.RunAsync(sql));

    private static IReadOnlyList<string> Rows(List<Reply> run)
    {
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        return [.. run.SelectMany(reply => reply.Rows)];
    }
}

[Collection(RealEngines.Name)]
public sealed class PrestoFailoverTests(RealPrestoCluster cluster, ITestOutputHelper output) : RealFailoverTests(cluster, output), IClassFixture<RealPrestoCluster>;

[Collection(RealEngines.Name)]
public sealed class TrinoFailoverTests(RealTrinoCluster cluster, ITestOutputHelper output) : RealFailoverTests(cluster, output), IClassFixture<RealTrinoCluster>;
