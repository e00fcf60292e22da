using System.Net;
using Segue.Core.Model;
using Segue.EndToEnd.Processes;
using Xunit.Abstractions;

namespace Segue.EndToEnd.Failover;

/// <summary>What clients that read see when a coordinator dies.</summary>
public sealed class ReadTests(ITestOutputHelper output)
{
    private const string Nations = "SELECT nationkey, name FROM tpch.tiny.nation ORDER BY nationkey";

    /// <summary>25 rows take five pages and a second and a half.</summary>
    private static readonly string[] SlowPages = ["--page-rows", "5", "--page-delay", "300"];

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task Eight_clients_of_short_reads_see_a_pause_but_no_error_and_no_wrong_row_when_the_active_coordinator_is_killed(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine);
        var expected = await cluster.RowsAsync(Nations);
        expected.Count.ShouldBe(25);
        var readers = Enumerable.Range(0, 8).Select(_ => new Reader(cluster, expected)).ToList();
        using var stop = new CancellationTokenSource();
        var reading = readers.ConvertAll(reader => reader.RunAsync(stop.Token));

        await FurtherAsync(cluster, readers, reading, 5);
        var active = await cluster.ActiveAsync();
        active.Process.Kill();
        await cluster.WaitForActiveAsync(cluster.Other(active));
        await FurtherAsync(cluster, readers, reading, 5);

        stop.Cancel();
        await Task.WhenAll(reading);
        var longest = readers.Max(reader => reader.Longest);
        output.WriteLine($"{engine}: {readers.Sum(reader => reader.Statements)} statements, the longest took {longest.TotalMilliseconds:0} ms");
        longest.ShouldBeLessThan(RehearsedCluster.Patience);
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_read_whose_rows_were_still_held_back_runs_again_and_gives_every_row_once(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, SlowPages, "    recovery: { holdback: { time: 30s } }");
        var expected = await cluster.RowsAsync(Nations);
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        const string sql = Nations + " LIMIT 25";
        var reading = client.RunAsync(sql);
        await Until.TrueAsync(async () => (await active.RunsOfAsync(sql)).SingleOrDefault() >= 10, RehearsedCluster.Patience, () => "ten rows of the first run");
        reading.IsCompleted.ShouldBeFalse();
        active.Process.Kill();

        var run = await reading;
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run.SelectMany(reply => reply.Rows).ShouldBe(expected);
        run.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        (await cluster.Other(active).RunsOfAsync(sql)).ShouldBe([25L]);
        (await cluster.StatusAsync()).Queries.Recovered.ShouldBe(1);
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_read_that_takes_longer_than_rows_are_kept_back_comes_to_its_end(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, SlowPages);
        (await cluster.RowsAsync(Nations)).Count.ShouldBe(25);
    }

    private static async Task FurtherAsync(RehearsedCluster cluster, List<Reader> readers, List<Task> reading, int statements)
    {
        var goals = readers.ConvertAll(reader => reader.Statements + statements);
        await Until.TrueAsync(async () =>
        {
            foreach (var failed in reading.Where(task => task.IsFaulted))
                await failed;
            return readers.Zip(goals).All(pair => pair.First.Statements >= pair.Second);
        }, RehearsedCluster.Patience, () => $"{statements} more statements of each client; they have run {string.Join(", ", readers.Select(reader => reader.Statements))}; Segue said: {cluster.Segue.Output}");
    }

    private sealed class Reader(RehearsedCluster cluster, IReadOnlyList<string> expected)
    {
        public int Statements { get; private set; }

        public TimeSpan Longest { get; private set; }

        public async Task RunAsync(CancellationToken stop)
        {
            using var client = cluster.Client();
            while (!stop.IsCancellationRequested)
            {
                var began = TimeProvider.System.GetTimestamp();
                var run = await client.RunAsync(Nations);
                run.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
                run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
                run.SelectMany(reply => reply.Rows).ShouldBe(expected);
                var took = TimeProvider.System.GetElapsedTime(began);
                Longest = took > Longest ? took : Longest;
                Statements++;
            }
        }
    }
}
