using System.Text.Json;
using Segue.Core.Model;

namespace Segue.Rehearsal.Statements;

/// <summary>QueryResults as the engines write it (protocol.md §1.4): fields in their order, absent ones left out.</summary>
internal static class ResultWriter
{
    public static void Write(Utf8JsonWriter json, EngineKind engine, Query query, string origin, string? nextUri, ResultPage? page, TimeSpan elapsed)
    {
        // Presto's word for a statement that no poll has started yet
        var state = engine == EngineKind.Presto && !query.Polled ? "WAITING_FOR_PREREQUISITES" : page?.State ?? query.State;
        json.WriteStartObject();
        json.WriteString("id", query.Id);
        json.WriteString("infoUri", $"{origin}/ui/query.html?{query.Id}");
        if (nextUri is not null)
            json.WriteString("nextUri", nextUri);
        if (page is not null && query.Error is null && query.Columns is { } columns)
            WriteColumns(json, engine, columns);
        if (page?.Data is { } data)
        {
            json.WritePropertyName("data");
            json.WriteRawValue(data.Rows.Span, skipInputValidation: true);
        }
        WriteStats(json, engine, query, state, elapsed);
        if (query.Error is { } error && nextUri is null)
            WriteError(json, engine, error);
        json.WriteStartArray("warnings");
        json.WriteEndArray();
        if (page is not null && query.UpdateType is { } updateType)
        {
            json.WriteString("updateType", updateType);
            if (query.UpdateCount is { } count)
                json.WriteNumber("updateCount", count);
        }
        json.WriteEndObject();
    }

    private static void WriteColumns(Utf8JsonWriter json, EngineKind engine, IReadOnlyList<Column> columns)
    {
        json.WriteStartArray("columns");
        foreach (var column in columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("type", column.Type);
            json.WriteStartObject("typeSignature");
            json.WriteString("rawType", column.Type);
            if (engine == EngineKind.Presto)
            {
                json.WriteStartArray("typeArguments");
                json.WriteEndArray();
                json.WriteStartArray("literalArguments");
                json.WriteEndArray();
            }
            json.WriteStartArray("arguments");
            if (column.Type == "varchar")
            {
                json.WriteStartObject();
                json.WriteString("kind", engine == EngineKind.Presto ? "LONG_LITERAL" : "LONG");
                json.WriteNumber("value", int.MaxValue);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteStats(Utf8JsonWriter json, EngineKind engine, Query query, string state, TimeSpan elapsed)
    {
        var running = state == "RUNNING" ? 1 : 0;
        var done = state == "FINISHED" ? 1 : 0;
        json.WriteStartObject("stats");
        json.WriteString("state", state);
        if (engine == EngineKind.Presto)
            json.WriteBoolean("waitingForPrerequisites", state == "WAITING_FOR_PREREQUISITES");
        json.WriteBoolean("queued", state is "QUEUED" or "WAITING_FOR_RESOURCES");
        json.WriteBoolean("scheduled", running + done > 0);
        json.WriteNumber("nodes", running + done);
        json.WriteNumber("totalSplits", running + done);
        json.WriteNumber("queuedSplits", 0);
        json.WriteNumber("runningSplits", running);
        json.WriteNumber("completedSplits", done);
        json.WriteNumber("cpuTimeMillis", 0);
        json.WriteNumber("wallTimeMillis", 0);
        if (engine == EngineKind.Presto)
            json.WriteNumber("waitingForPrerequisitesTimeMillis", 0);
        json.WriteNumber("queuedTimeMillis", 0);
        json.WriteNumber("elapsedTimeMillis", (long)elapsed.TotalMilliseconds);
        json.WriteNumber("processedRows", query.Rows);
        json.WriteNumber("processedBytes", 0);
        if (engine == EngineKind.Trino)
            json.WriteNumber("physicalInputBytes", 0);
        json.WriteNumber("peakMemoryBytes", 0);
        if (engine == EngineKind.Presto)
        {
            json.WriteNumber("peakTotalMemoryBytes", 0);
            json.WriteNumber("peakTaskTotalMemoryBytes", 0);
        }
        json.WriteNumber("spilledBytes", 0);
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, EngineKind engine, QueryError error)
    {
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteNumber("errorCode", error.Code);
        json.WriteString("errorName", error.Name);
        json.WriteString("errorType", error.Type);
        if (engine == EngineKind.Presto)
            json.WriteBoolean("retriable", false);
        json.WriteStartObject("failureInfo");
        json.WriteString("type", engine == EngineKind.Presto ? "com.facebook.presto.spi.PrestoException" : "io.trino.spi.TrinoException");
        json.WriteString("message", error.Message);
        json.WriteStartArray("suppressed");
        json.WriteEndArray();
        json.WriteStartArray("stack");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
