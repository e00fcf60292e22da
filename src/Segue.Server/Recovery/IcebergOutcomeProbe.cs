using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Segue.Core.Recovery.Writes;
using Segue.Server.Probing;

namespace Segue.Server.Recovery;

/// <summary>Trino's Iceberg tables: each snapshot says in its summary which query made it.</summary>
internal sealed class IcebergOutcomeProbe : IOutcomeProbe
{
    private const int MostSnapshots = 10_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public async Task<bool?> KnowsAsync(StatementRunner runner, string catalog, CancellationToken cancellation)
    {
        var connector = await runner.RunAsync(
            $"SELECT connector_name FROM system.metadata.catalogs WHERE catalog_name = {Text(catalog)}", Deadline, cancellation);
        if (connector.Error is not null)
            return Refusal(connector) is null ? null : false;
        return connector.Cell is { ValueKind: JsonValueKind.String } name && name.GetString() == "iceberg";
    }

    public async Task<WriteOutcome?> AskAsync(StatementRunner runner, WriteTarget target, ImmutableArray<string> attempts, CancellationToken cancellation)
    {
        if (TableHistory.BeganAt(attempts[0]) is not { } began)
            return new WriteOutcome.CannotTell("its query id does not tell when it began");
        var rows = new List<JsonElement[]>();
        var history = await runner.RunAsync(Question(target, attempts, began), Deadline, cancellation, rows);
        // what is not there was not made; who drops it in these seconds is not told apart
        if (history.EngineError is { ErrorName: "TABLE_NOT_FOUND" })
            return target.Kind == WriteKind.CreateTableAs ? new WriteOutcome.NotCommitted() : new WriteOutcome.CannotTell("its table is not there any more");
        if (history.Error is not null)
            return Refusal(history);
        return rows.Count > MostSnapshots
            ? new WriteOutcome.CannotTell($"its table has more than {MostSnapshots} snapshots since it began")
            : TableHistory.Judge(target, [.. rows.Select(Snapshot)], attempts);
    }

    /// <summary>The oldest snapshot, those since the first attempt began, and any by one of the attempts, whatever its clock said.</summary>
    private static string Question(WriteTarget target, ImmutableArray<string> attempts, DateTimeOffset began)
    {
        var snapshots = $"{Name(target.Catalog)}.{Name(target.Schema)}.{Name(target.Table + "$snapshots")}";
        const string query = "element_at(s.summary, 'trino_query_id')";
        return $"""
            SELECT CAST(to_unixtime(s.committed_at) AS double), {query}, s.parent_id IS NULL OR p.snapshot_id IS NOT NULL, json_format(CAST(s.summary AS json))
            FROM {snapshots} s LEFT JOIN {snapshots} p ON p.snapshot_id = s.parent_id
            WHERE s.committed_at >= from_unixtime({began.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)})
                OR s.committed_at = (SELECT min(committed_at) FROM {snapshots})
                OR {query} IN ({string.Join(", ", attempts.Select(Text))})
            LIMIT {(MostSnapshots + 1).ToString(CultureInfo.InvariantCulture)}
            """;
    }

    private static TableSnapshot Snapshot(JsonElement[] row) => new(
        DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(row[0].GetDouble()),
        row[1].GetString(),
        row[2].GetBoolean(),
        JsonSerializer.Deserialize(row[3].GetString()!, SummaryJson.Default.DictionaryStringString)!.ToImmutableDictionary());

    /// <summary>What the engine says of the question itself stays so; anything else may pass.</summary>
    private static WriteOutcome.CannotTell? Refusal(StatementOutcome outcome) => outcome.EngineError is { ErrorType: "USER_ERROR" } error
        ? new WriteOutcome.CannotTell($"Segue could not ask its table ({error.ErrorName}: {error.Message})")
        : null;

    private static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class SummaryJson : JsonSerializerContext;
