using System.Net;
using Segue.Core.Model;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Failover;

/// <summary>Segue itself is killed and comes back: queries go on for clients that repeat what broke (R3.1-R3.4), also where their coordinator dies with it.</summary>
public sealed class SegueRestartTests
{
    private const string Orders = "SELECT orderkey, custkey FROM tpch.tiny.orders WHERE orderkey <= 1000 ORDER BY orderkey";
    private const int Clients = 8;

    /// <summary>A page each 50 ms, and nothing kept back: rows reach clients as they come.</summary>
    private static readonly string[] SlowPages = ["--page-rows", "100", "--page-delay", "50"];

    private const string NothingKeptBack = "    recovery: { holdback: { bytes: 0B } }";

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_read_whose_rows_were_seen_goes_on_after_Segue_was_killed_and_no_row_is_lost_or_doubled(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, SlowPages, NothingKeptBack);
        using var client = cluster.Client();
        var rows = new List<string>();
        var page = await client.PostAsync(Orders);
        while (rows.Count == 0)
            rows.AddRange((page = await client.GetAsync(page.NextUri.ShouldNotBeNull())).Rows);
        await cluster.RestartSegueAsync();

        while (page.NextUri is { } next)
            rows.AddRange((page = await PersistAsync(client, next)).Rows);
        page.State.ShouldBe("FINISHED", page.Json.ToString());
        rows.ShouldBe(await cluster.RowsAsync(Orders));
    }

    [Theory]
    [InlineData(EngineKind.Presto, "{ time: 1m }")]
    [InlineData(EngineKind.Presto, "all")]
    [InlineData(EngineKind.Trino, "{ time: 1m }")]
    [InlineData(EngineKind.Trino, "all")]
    public async Task A_read_whose_rows_were_kept_back_is_run_again_and_its_old_run_is_ended(EngineKind engine, string holdback)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, ["--page-rows", "50", "--page-delay", "200"], $"    recovery: {{ holdback: {holdback} }}");
        using var client = cluster.Client();
        var next = (await client.PostAsync(Orders)).NextUri.ShouldNotBeNull();
        var active = await cluster.ActiveAsync();
        var waiting = PollAsync();
        await Until.TrueAsync(async () => (await active.RunsOfAsync(Orders)).Any(rows => rows > 100), RehearsedCluster.Patience, () => "rows that are kept back");
        await cluster.WaitForJournalAsync();
        await cluster.RestartSegueAsync();
        await Should.ThrowAsync<HttpRequestException>(waiting);

        (await ReadOnAsync(client, next)).ShouldBe(await cluster.RowsAsync(Orders));
        (await active.RunsOfAsync(Orders)).Order().First().ShouldBeLessThan(1000, "the first run did not come to its end");

        async Task PollAsync()
        {
            while (true)
                next = (await client.GetAsync(next)).NextUri.ShouldNotBeNull();
        }
    }

    [Theory]
    [InlineData(EngineKind.Presto, false)]
    [InlineData(EngineKind.Presto, true)]
    [InlineData(EngineKind.Trino, false)]
    [InlineData(EngineKind.Trino, true)]
    public async Task A_read_outlives_Segue_and_its_coordinator_together(EngineKind engine, bool rowsSeen)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, rowsSeen ? SlowPages : ["--first-poll-delay", "2000"], NothingKeptBack);
        using var client = cluster.Client();
        var rows = new List<string>();
        var page = await client.GetAsync((await client.PostAsync(Orders)).NextUri.ShouldNotBeNull());
        for (; rowsSeen && rows.Count == 0; page = await client.GetAsync(page.NextUri.ShouldNotBeNull()))
            rows.AddRange(page.Rows);
        rows.AddRange(page.Rows);
        await cluster.WaitForJournalAsync();
        await KillBothAsync(cluster);

        rows.AddRange(await ReadOnAsync(client, page.NextUri.ShouldNotBeNull()));
        rows.ShouldBe(await cluster.RowsAsync(Orders));
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_write_that_lost_Segue_and_its_coordinator_together_is_not_run_again_and_its_client_is_told(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, ["--first-poll-delay", "2000"]);
        await cluster.RowsAsync("CREATE TABLE memory.default.t (x bigint)");
        using var client = cluster.Client();
        var queued = await client.GetAsync((await client.PostAsync("INSERT INTO memory.default.t VALUES (1)")).NextUri.ShouldNotBeNull());
        await cluster.WaitForJournalAsync();
        var other = cluster.Other(await cluster.ActiveAsync());
        await KillBothAsync(cluster);

        var last = queued;
        while (last.NextUri is { } next)
            last = await PersistAsync(client, next);
        last.Error.GetProperty("errorName").GetString().ShouldBe("SEGUE_OUTCOME_UNKNOWN", last.Json.ToString());
        (await other.RunsOfAsync("INSERT INTO memory.default.t VALUES (1)")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_write_and_a_transaction_outlive_Segue(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, ["--first-poll-delay", "2000"]);
        await cluster.RowsAsync("CREATE TABLE memory.default.t (x bigint)");
        using var client = cluster.Client();
        var transaction = client.Header(await client.RunAsync("START TRANSACTION", ("Transaction-Id", "NONE")), "Started-Transaction-Id").ShouldNotBeNull();
        var queued = await client.GetAsync((await client.PostAsync("INSERT INTO memory.default.t VALUES (1)")).NextUri.ShouldNotBeNull());
        await cluster.RestartSegueAsync();

        var last = queued;
        while (last.NextUri is { } next)
            last = await PersistAsync(client, next);
        last.State.ShouldBe("FINISHED", last.Json.ToString());
        (await cluster.RowsAsync("SELECT count(*) FROM memory.default.t")).ShouldBe(["[1]"]);
        (await client.RunAsync("SELECT 1", ("Transaction-Id", transaction)))[^1].State.ShouldBe("FINISHED");
        client.Header(await client.RunAsync("COMMIT", ("Transaction-Id", transaction)), "Clear-Transaction-Id").ShouldBe("true");
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task Under_load_every_statement_ends_in_the_right_rows_or_in_a_clear_word(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, SlowPages);
        var right = await cluster.RowsAsync(Orders);
        using var stop = new CancellationTokenSource();
        var tally = new Tally();
        var clients = Enumerable.Range(0, Clients).Select(_ => ReadAsync(cluster, right, tally, stop.Token)).ToList();
        for (var restart = 0; restart < 3; restart++)
        {
            await tally.FurtherAsync(Clients * 2);
            await cluster.RestartSegueAsync();
        }
        await tally.FurtherAsync(Clients * 2);
        stop.Cancel();

        await Task.WhenAll(clients).WaitAsync(RehearsedCluster.Patience, TimeProvider.System);
        tally.Right.ShouldBeGreaterThan(tally.Restarted + tally.Refused);
    }

    /// <summary>A client that repeats a GET that broke, as the engines' own do, and begins anew after a POST that broke.</summary>
    private static async Task ReadAsync(RehearsedCluster cluster, IReadOnlyList<string> right, Tally tally, CancellationToken stop)
    {
        using var client = cluster.Client();
        while (!stop.IsCancellationRequested)
        {
            if (await TryAsync(() => client.PostAsync(Orders)) is not { } page)
            {
                Interlocked.Increment(ref tally.Refused);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
                continue;
            }
            var rows = new List<string>();
            while (page.NextUri is { } next)
                rows.AddRange((page = await PersistAsync(client, next)).Rows);
            if (page.HasError)
            {
                page.Error.GetProperty("errorName").GetString().ShouldBe("SEGUE_RESTARTED", page.Json.ToString());
                Interlocked.Increment(ref tally.Restarted);
                continue;
            }
            rows.ShouldBe(right);
            Interlocked.Increment(ref tally.Right);
        }
    }

    private static async Task KillBothAsync(RehearsedCluster cluster)
    {
        var active = await cluster.ActiveAsync();
        await cluster.RestartSegueAsync(async () =>
        {
            active.Process.Kill();
            await active.Process.WaitForExitAsync(RehearsedCluster.Patience);
        });
    }

    /// <summary>The rows to the end, which must be a good one.</summary>
    private static async Task<List<string>> ReadOnAsync(StatementClient client, string from)
    {
        var rows = new List<string>();
        var page = await PersistAsync(client, from);
        rows.AddRange(page.Rows);
        while (page.NextUri is { } next)
            rows.AddRange((page = await PersistAsync(client, next)).Rows);
        page.State.ShouldBe("FINISHED", page.Json.ToString());
        return rows;
    }

    private static async Task<Reply> PersistAsync(StatementClient client, string uri)
    {
        Reply? reply = null;
        await Until.TrueAsync(async () => (reply = await TryAsync(() => client.GetAsync(uri))) is not null, RehearsedCluster.Patience, () => $"an answer to {uri}");
        reply!.Status.ShouldBe(HttpStatusCode.OK, System.Text.Encoding.UTF8.GetString(reply.Body));
        return reply;
    }

    private static async Task<Reply?> TryAsync(Func<Task<Reply>> send)
    {
        try
        {
            return await send();
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return null;
        }
    }

    private sealed class Tally
    {
        public int Right;
        public int Restarted;
        public int Refused;

        public Task FurtherAsync(int statements)
        {
            var until = Volatile.Read(ref Right) + statements;
            return Until.TrueAsync(() => Volatile.Read(ref Right) >= until, RehearsedCluster.Patience, () => $"{statements} more statements with the right rows");
        }
    }
}
