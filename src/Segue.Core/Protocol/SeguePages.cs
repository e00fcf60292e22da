using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Segue.Core.Model;

namespace Segue.Core.Protocol;

/// <summary>The pages that Segue makes itself; their shape is the one that every known client accepts (R4.6). Never a null in them.</summary>
public static class SeguePages
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JsonText.Encoder, SkipValidation = true };

    private static ReadOnlySpan<byte> PrestoResultColumn =>
        """[{"name":"result","type":"boolean","typeSignature":{"rawType":"boolean","arguments":[]}}]"""u8;

    private static ReadOnlySpan<byte> RowsColumn =>
        """[{"name":"rows","type":"bigint","typeSignature":{"rawType":"bigint","arguments":[]}}]"""u8;

    /// <summary>A held statement: ask again at <paramref name="nextUri"/>.</summary>
    /// <param name="held">Since the client's POST.</param>
    public static void Queued(string id, string infoUri, string nextUri, TimeSpan held, IBufferWriter<byte> output)
    {
        using var writer = Begin(id, infoUri, output);
        writer.WriteString("nextUri"u8, nextUri);
        End(writer, PageStats.Queued, held, held);
    }

    /// <summary>It runs, and its rows are kept back: ask again at once.</summary>
    /// <param name="stats">The coordinator's last ones, of a run that goes on; null where it gave none.</param>
    public static void Running(string id, string infoUri, string nextUri, byte[]? stats, TimeSpan elapsed, IBufferWriter<byte> output)
    {
        using var writer = Begin(id, infoUri, output);
        writer.WriteString("nextUri"u8, nextUri);
        if (stats is null)
        {
            End(writer, PageStats.Running, elapsed, TimeSpan.Zero);
            return;
        }
        writer.WritePropertyName("stats"u8);
        writer.WriteRawValue(stats, skipInputValidation: true);
        WriteEmptyArray(writer, "warnings"u8);
        writer.WriteEndObject();
    }

    /// <summary>The one clear error (I7). Never the answer to a POST: some clients miss an error there.</summary>
    public static void Failed(string id, string infoUri, PageError error, TimeSpan elapsed, IBufferWriter<byte> output)
    {
        using var writer = Begin(id, infoUri, output);
        writer.WriteStartObject("error"u8);
        writer.WriteString("message"u8, error.Message);
        writer.WriteNumber("errorCode"u8, error.Code);
        writer.WriteString("errorName"u8, error.Name);
        writer.WriteString("errorType"u8, error.Type);
        writer.WriteStartObject("failureInfo"u8);
        writer.WriteString("type"u8, error.Name);
        writer.WriteString("message"u8, error.Message);
        WriteEmptyArray(writer, "suppressed"u8);
        WriteEmptyArray(writer, "stack"u8);
        writer.WriteEndObject();
        writer.WriteEndObject();
        End(writer, PageStats.Failed, elapsed, TimeSpan.Zero);
    }

    /// <summary>
    /// The last page of a statement without output, as the engine makes it: JDBC drivers fail a statement without columns, so Presto makes up
    /// a column <c>result</c> with the row <c>true</c>, and Trino gives an empty list of columns.
    /// </summary>
    /// <param name="updateType">E.g. <c>ROLLBACK</c>.</param>
    public static void Finished(
        Dialect dialect, string id, string infoUri, string updateType, TimeSpan elapsed, IBufferWriter<byte> output)
    {
        using var writer = Begin(id, infoUri, output);
        if (dialect.Engine == EngineKind.Presto)
        {
            writer.WritePropertyName("columns"u8);
            writer.WriteRawValue(PrestoResultColumn, skipInputValidation: true);
            writer.WritePropertyName("data"u8);
            writer.WriteRawValue("[[true]]"u8, skipInputValidation: true);
        }
        else
            WriteEmptyArray(writer, "columns"u8);
        writer.WriteString("updateType"u8, updateType);
        End(writer, PageStats.Finished, elapsed, TimeSpan.Zero);
    }

    /// <summary>The last page of a write as Trino makes it: how many rows it changed, as a row and as <c>updateCount</c>, where that is known.</summary>
    /// <param name="withRow">False where the row was delivered before.</param>
    public static void Written(
        string id, string infoUri, string updateType, long? rows, bool withRow, TimeSpan elapsed, IBufferWriter<byte> output)
    {
        using var writer = Begin(id, infoUri, output);
        writer.WritePropertyName("columns"u8);
        writer.WriteRawValue(RowsColumn, skipInputValidation: true);
        if (rows is { } known && withRow)
        {
            writer.WriteStartArray("data"u8);
            writer.WriteStartArray();
            writer.WriteNumberValue(known);
            writer.WriteEndArray();
            writer.WriteEndArray();
        }
        writer.WriteString("updateType"u8, updateType);
        if (rows is { } count)
            writer.WriteNumber("updateCount"u8, count);
        End(writer, PageStats.Finished, elapsed, TimeSpan.Zero);
    }

    /// <summary>What <c>/v1/query/{id}</c> says of a statement that no coordinator has: the least of the engines' QueryInfo, and not its text.</summary>
    public static void HeldQuery(string id, string self, TimeSpan held, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        writer.WriteStartObject();
        writer.WriteString("queryId"u8, id);
        writer.WriteString("state"u8, PageStats.Queued);
        writer.WriteBoolean("scheduled"u8, false);
        writer.WriteString("self"u8, self);
        writer.WriteStartObject("queryStats"u8);
        var time = string.Create(CultureInfo.InvariantCulture, $"{held.TotalSeconds:0.00}s");
        writer.WriteString("queuedTime"u8, time);
        writer.WriteString("elapsedTime"u8, time);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static Utf8JsonWriter Begin(string id, string infoUri, IBufferWriter<byte> output)
    {
        var writer = new Utf8JsonWriter(output, Options);
        writer.WriteStartObject();
        writer.WriteString("id"u8, id);
        writer.WriteString("infoUri"u8, infoUri);
        return writer;
    }

    private static void End(Utf8JsonWriter writer, string state, TimeSpan elapsed, TimeSpan queued)
    {
        writer.WritePropertyName("stats"u8);
        PageStats.Write(writer, state, elapsed, queued);
        WriteEmptyArray(writer, "warnings"u8);
        writer.WriteEndObject();
    }

    private static void WriteEmptyArray(Utf8JsonWriter writer, ReadOnlySpan<byte> name)
    {
        writer.WriteStartArray(name);
        writer.WriteEndArray();
    }
}
