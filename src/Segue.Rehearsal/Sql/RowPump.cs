using System.Buffers;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Segue.Rehearsal.Hosting;
using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Sql;

/// <summary>Reads a result and hands it to the query in pages, no faster than the options allow.</summary>
internal sealed class RowPump(RehearsalOptions options)
{
    /// <summary>The engines' default targetResultSize.</summary>
    private const int PageBytes = 1 << 20;

    /// <summary>Rows that are slow to come are not kept back longer than this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(SqliteDataReader reader, Query query)
    {
        var more = await reader.ReadAsync(query.Ended);
        query.Columns = ColumnsOf(reader);
        var buffer = new ArrayBufferWriter<byte>(4096);
        var rows = 0;
        var debt = TimeSpan.Zero;
        var began = options.Time.GetTimestamp();
        var writer = new Utf8JsonWriter(buffer, Json.Options);
        while (more)
        {
            if (rows == 0)
                writer.WriteStartArray();
            WriteRow(writer, reader, query.Columns);
            rows++;
            debt += options.RowDelay;
            if (debt >= TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(debt, options.Time, query.Ended);
                debt = TimeSpan.Zero;
            }
            more = await reader.ReadAsync(query.Ended);
            var slow = options.RowDelay > TimeSpan.Zero && options.Time.GetElapsedTime(began) > Patience;
            if (more && !slow && rows < options.PageRows && buffer.WrittenCount + writer.BytesPending < PageBytes)
                continue;
            writer.WriteEndArray();
            await writer.FlushAsync(query.Ended);
            await Task.Delay(options.PageDelay, options.Time, query.Ended);
            await query.AddAsync(new Chunk(buffer.WrittenMemory, rows));
            buffer = new ArrayBufferWriter<byte>(buffer.WrittenCount);
            writer.Reset(buffer);
            rows = 0;
            began = options.Time.GetTimestamp();
        }
        await writer.DisposeAsync();
    }

    private static List<Column> ColumnsOf(SqliteDataReader reader)
    {
        var columns = new List<Column>(reader.FieldCount);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            var name = reader.GetName(i);
            var plain = name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(name[0]);
            columns.Add(new Column(plain ? name.ToLowerInvariant() : $"_col{i}", TypeOf(reader.GetDataTypeName(i))));
        }
        return columns;
    }

    private static string TypeOf(string declared) => declared.ToUpperInvariant() switch
    {
        "INTEGER" or "INT" or "BIGINT" or "SMALLINT" or "TINYINT" => "bigint",
        "REAL" or "DOUBLE" => "double",
        "BOOLEAN" => "boolean",
        "DATE" => "date",
        _ => "varchar",
    };

    private static void WriteRow(Utf8JsonWriter writer, SqliteDataReader reader, IReadOnlyList<Column> columns)
    {
        writer.WriteStartArray();
        for (var i = 0; i < columns.Count; i++)
            switch (reader.GetValue(i))
            {
                case long number when columns[i].Type == "boolean":
                    writer.WriteBooleanValue(number != 0);
                    break;
                case long number:
                    writer.WriteNumberValue(number);
                    break;
                case double number when double.IsFinite(number):
                    writer.WriteNumberValue(number);
                    break;
                case double number:
                    writer.WriteStringValue(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
                    break;
                case byte[] bytes:
                    writer.WriteBase64StringValue(bytes);
                    break;
                case string text:
                    writer.WriteStringValue(text);
                    break;
                default:
                    writer.WriteNullValue();
                    break;
            }
        writer.WriteEndArray();
    }
}
