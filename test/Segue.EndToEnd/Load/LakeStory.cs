using System.Globalization;
using System.Text.Json;
using Segue.Core.Model;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Engines;
using Segue.Server.Admin;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Load;

/// <summary>Writes into Iceberg tables on a real Trino, the catalog in PostgreSQL, while what they need dies or stands still.</summary>
internal sealed class LakeStory : IAsyncDisposable
{
    /// <summary>Short, because the catalog's database is on this machine.</summary>
    private const string Settings = """
            health: { unresponsive_after: 4s }
            canary: { interval: 10s }
            recovery: { writes: { settle: 3s } }
        """;

    /// <summary>Ends nothing: on this machine a port that nobody listens on tells that the process which a kill hit is gone.</summary>
    private const string Fence = """

            fence: { command: [/bin/sh, -c, '! ss -Hltn "sport = :${0##*:}" | grep -q .'] }
        """;

    private const string Base = "SELECT orderkey AS id, 0 AS n FROM tpch.sf1.orders WHERE orderkey <= 200000";
    private const string More = "SELECT orderkey + 10000000 AS id, 0 AS n FROM tpch.sf1.orders WHERE orderkey <= 600000";

    /// <summary>Each into a table of its own; two runs of one show in its rows or its snapshots.</summary>
    private static readonly (string Kind, string Sql)[] Writes =
    [
        ("CTAS", $"CREATE TABLE lake.s.TABLE AS {More}"),
        ("INSERT", $"INSERT INTO lake.s.TABLE {More}"),
        ("DELETE", "DELETE FROM lake.s.TABLE WHERE id % 3 = 0"),
        ("UPDATE", "UPDATE lake.s.TABLE SET n = n + 1 WHERE id % 3 = 0"),
        ("MERGE", $"MERGE INTO lake.s.TABLE t USING (SELECT id + 0 AS id FROM ({Base}) UNION ALL SELECT id FROM ({More})) u ON t.id = u.id "
            + "WHEN MATCHED THEN UPDATE SET n = t.n + 1 WHEN NOT MATCHED THEN INSERT VALUES (u.id, 0)"),
    ];

    private readonly Postgres _postgres;
    private readonly string _lake = Directory.CreateTempSubdirectory("segue-lake-").FullName;
    private readonly Dictionary<string, Usual> _usual = [];
    private readonly List<(HarmedWrite Write, string Table)> _done = [];
    private readonly Random _random;
    private RealCluster? _cluster;
    private int _tables;

    private LakeStory(Postgres postgres, int seed)
    {
        _postgres = postgres;
        _random = new Random(seed);
    }

    public static IReadOnlyList<string> Kinds { get; } = [.. Writes.Select(static write => write.Kind)];

    public RealCluster Cluster => _cluster!;

    /// <param name="seed">Of the moments at which harm is done.</param>
    /// <param name="kinds">Of the writes that are to come.</param>
    /// <param name="fenced">A fence command proves the ends of coordinators.</param>
    public static async Task<LakeStory> StartAsync(int seed, IEnumerable<string> kinds, bool fenced = false)
    {
        var story = new LakeStory(await Postgres.StartAsync(await RealEngine.SayAsync("lake-schema")), seed);
        try
        {
            story._cluster = await RealCluster.StartAsync(EngineKind.Trino, fenced ? Settings + Fence : Settings, ["--lake", story._lake, "--lake-jdbc", story._postgres.JdbcUrl], []);
            using var client = story.Cluster.Client();
            await RowAsync(client, "CREATE SCHEMA lake.s");
            foreach (var kind in kinds)
                story._usual[kind] = await story.MeasureAsync(client, kind);
            return story;
        }
        catch
        {
            await story.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one write, does it a harm at a random moment, makes everything whole again, and looks what became of the write.</summary>
    public async Task<HarmedWrite> HarmAsync(string kind, Harm harm)
    {
        var usual = _usual[kind];
        using var client = Cluster.Client();
        var table = await PrepareAsync(client, kind);
        var victim = await Cluster.ActiveAsync();
        var time = TimeProvider.System;
        var moment = usual.Took * (_random.NextDouble() * 0.8);
        var began = time.GetTimestamp();
        var writing = WriteAsync(client, SqlOf(kind, table));
        await Task.Delay(moment, time);
        await DoAsync(harm, victim, usual);
        var (told, count, text, account) = await writing;
        var took = time.GetElapsedTime(began);
        foreach (var coordinator in Cluster.Coordinators)
            await Cluster.WaitForWarmAsync(coordinator, since: default);
        var write = new HarmedWrite(kind, harm, moment, told, count, Effects(usual, await StateAsync(client, kind, table)), took, account, text);
        _done.Add((write, table));
        // the first of its kind was slower than those that follow: the JVM was cold for it
        if (took < usual.Took)
            _usual[kind] = usual with { Took = took };
        return write;
    }

    /// <summary>Looks at every table once more: what landed later than it was looked for shows here.</summary>
    /// <returns>The writes that have taken effect more often than they had, as they stand now.</returns>
    public async Task<IReadOnlyList<HarmedWrite>> LookAgainAsync()
    {
        using var client = Cluster.Client();
        var later = new List<HarmedWrite>();
        foreach (var (write, table) in _done)
        {
            if (Effects(_usual[write.Kind], await StateAsync(client, write.Kind, table)) is var effects && effects != write.Effects)
                later.Add(write with { Effects = effects });
        }
        return later;
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        await _postgres.DisposeAsync();
        Directory.Delete(_lake, recursive: true);
    }

    /// <summary>Each leaves everything running again.</summary>
    private async Task DoAsync(Harm harm, RealEngine victim, Usual usual)
    {
        var time = TimeProvider.System;
        switch (harm)
        {
            case Harm.Kill:
                await victim.KillAsync();
                await Cluster.RestartAsync(victim);
                break;
            case Harm.Freeze:
                // shorter and longer than it takes to be given up
                await victim.FreezeAsync();
                await Task.Delay(TimeSpan.FromSeconds(1 + (_random.NextDouble() * 9)), time);
                await victim.ThawAsync();
                break;
            case Harm.Pause:
                // the write comes to its commit, which waits in the database's socket when the coordinator dies
                await _postgres.FreezeAsync();
                await Task.Delay(usual.Took * _random.NextDouble(), time);
                await victim.KillAsync();
                var restarting = Cluster.RestartAsync(victim);
                await Task.Delay(TimeSpan.FromSeconds(_random.NextDouble() * 6), time);
                await _postgres.ThawAsync();
                await restarting;
                break;
            case Harm.Segue:
                await Cluster.Front.RestartAsync();
                break;
            case Harm.KillAndSegue:
                await victim.KillAsync();
                await Task.Delay(TimeSpan.FromSeconds(_random.NextDouble() * 4), time);
                await Cluster.Front.RestartAsync();
                await Cluster.RestartAsync(victim);
                break;
            default:
                throw new InvalidOperationException($"no such harm: {harm}");
        }
    }

    /// <summary>As the Java clients do: a GET that met no answer is sent again, a POST is not.</summary>
    private async Task<(string Told, long? Count, string Text, QueryReport? Account)> WriteAsync(StatementClient client, string sql)
    {
        Reply first;
        try
        {
            first = await client.PostAsync(sql);
        }
        catch (HttpRequestException broken)
        {
            return (HarmedWrite.NoAnswer, null, broken.Message, null);
        }
        var last = (await client.FollowPatientlyAsync(first, RealCluster.Patience))[^1];
        return (
            last.HasError ? last.Error.GetProperty("errorName").GetString()! : last.State == "FINISHED" ? HarmedWrite.Success : last.State,
            last.Json.TryGetProperty("updateCount", out var number) ? number.GetInt64() : null,
            last.HasError ? last.Error.GetProperty("message").GetString()! : "",
            await AccountAsync(first.Json.GetProperty("id").GetString()!));
    }

    /// <summary>At once: Segue forgets what has ended after half a minute, and when it is killed.</summary>
    private async Task<QueryReport?> AccountAsync(string id)
    {
        try
        {
            return await Cluster.Front.FindQueryAsync(id);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static string SqlOf(string kind, string table) =>
        Writes.Single(write => write.Kind == kind).Sql.Replace("lake.s.TABLE", $"lake.s.{table}", StringComparison.Ordinal);

    private static int Effects(Usual usual, TableState now) =>
        now == usual.Before ? 0 : now == usual.After ? 1 : now.Snapshots - usual.Before.Snapshots > 1 ? now.Snapshots - usual.Before.Snapshots : -1;

    /// <summary>The same write, undisturbed, for its time and its effect.</summary>
    private async Task<Usual> MeasureAsync(StatementClient client, string kind)
    {
        var table = await PrepareAsync(client, kind);
        var before = await StateAsync(client, kind, table);
        var began = TimeProvider.System.GetTimestamp();
        await RowAsync(client, SqlOf(kind, table));
        return new Usual(TimeProvider.System.GetElapsedTime(began), before, await StateAsync(client, kind, table));
    }

    private async Task<string> PrepareAsync(StatementClient client, string kind)
    {
        var table = string.Create(CultureInfo.InvariantCulture, $"t{++_tables}");
        if (kind == "CTAS")
            return table;
        await RowAsync(client, $"CREATE TABLE lake.s.{table} AS {Base}");
        // a query id tells its second: a table that was made within it is not known to be older
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        return table;
    }

    private static async Task<TableState> StateAsync(StatementClient client, string kind, string table)
    {
        if (kind == "CTAS" && (await RowAsync(client, $"SELECT count(*) FROM lake.information_schema.tables WHERE table_schema = 's' AND table_name = '{table}'"))[0].GetInt64() == 0)
            return new TableState(0, 0, 0, 0);
        var rows = await RowAsync(client, $"SELECT count(*), sum(n), sum(id) FROM lake.s.{table}");
        var snapshots = await RowAsync(client, $"SELECT count(*) FROM lake.s.\"{table}$snapshots\"");
        return new TableState(rows[0].GetInt64(), rows[1].GetInt64(), rows[2].GetInt64(), snapshots[0].GetInt32());
    }

    private static async Task<JsonElement> RowAsync(StatementClient client, string sql)
    {
        var run = await client.RunAsync(sql);
        if (run[^1].HasError)
            throw new InvalidOperationException($"{sql}: {run[^1].Error}");
        return run.SelectMany(static reply => reply.Json.TryGetProperty("data", out var data) ? data.EnumerateArray().ToList() : []).FirstOrDefault();
    }

    private sealed record TableState(long Rows, long Marks, long Ids, int Snapshots);

    private sealed record Usual(TimeSpan Took, TableState Before, TableState After);
}
