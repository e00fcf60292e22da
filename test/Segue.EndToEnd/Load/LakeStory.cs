using System.Globalization;
using System.Text.Json;
using Segue.Core.Model;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Engines;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Load;

/// <summary>What became of one write whose coordinator was killed while it ran.</summary>
/// <param name="Told">What its client was told: <c>success</c>, or an error's name.</param>
/// <param name="Effects">How often it took effect, by rows and snapshots; -1 where they show something that no number of runs gives.</param>
/// <param name="Text">The error's message, where there is one.</param>
internal sealed record WriteDeath(string Kind, TimeSpan KilledAfter, string Told, long? Count, int Effects, TimeSpan Took, string Text)
{
    /// <summary>It took effect once and its client knows, or at most once and its client was told that it is unknown.</summary>
    public bool IsRight => Told switch
    {
        "success" => Effects == 1,
        "SEGUE_OUTCOME_UNKNOWN" => Effects is 0 or 1,
        _ => Effects == 0,
    };
}

/// <summary>Writes into Iceberg tables on a real Trino, the catalog in PostgreSQL, while the coordinator that runs them dies.</summary>
internal sealed class LakeStory : IAsyncDisposable
{
    /// <summary>Short, because the catalog's database is on this machine.</summary>
    private const string Settings = """
            health: { unresponsive_after: 4s }
            canary: { interval: 10s }
            recovery: { writes: { settle: 3s } }
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

    /// <param name="seed">Of the moments at which coordinators die.</param>
    /// <param name="kinds">Of the writes that are to come.</param>
    public static async Task<LakeStory> StartAsync(int seed, IEnumerable<string> kinds)
    {
        var story = new LakeStory(await Postgres.StartAsync(await RealEngine.SayAsync("lake-schema")), seed);
        try
        {
            story._cluster = await RealCluster.StartAsync(EngineKind.Trino, Settings, ["--lake", story._lake, "--lake-jdbc", story._postgres.JdbcUrl], []);
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

    /// <summary>Runs one write, kills its coordinator at a random moment of it, starts that again, and looks what became of the write.</summary>
    public async Task<WriteDeath> KillAsync(string kind)
    {
        var usual = _usual[kind];
        using var client = Cluster.Client();
        var table = await PrepareAsync(client, kind);
        var victim = await Cluster.ActiveAsync();
        // the first of its kind was slower than those that follow: the JVM was cold for it
        var delay = usual.Took * (_random.NextDouble() * 0.8);
        var began = TimeProvider.System.GetTimestamp();
        var writing = client.RunAsync(SqlOf(kind, table));
        await Task.Delay(delay, TimeProvider.System);
        await victim.KillAsync();
        await Cluster.RestartAsync(victim);
        var last = (await writing)[^1];
        var took = TimeProvider.System.GetElapsedTime(began);
        var told = last.HasError ? last.Error.GetProperty("errorName").GetString()! : last.State == "FINISHED" ? "success" : last.State;
        var text = last.HasError ? last.Error.GetProperty("message").GetString()! : "";
        var count = last.Json.TryGetProperty("updateCount", out var number) ? number.GetInt64() : (long?)null;
        return new WriteDeath(kind, delay, told, count, Effects(usual, await StateAsync(client, kind, table)), took, text);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        await _postgres.DisposeAsync();
        Directory.Delete(_lake, recursive: true);
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
