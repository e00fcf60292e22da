using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Telemetry;

/// <summary>One JSON object a line. Its own keys are lower case and the event's fields PascalCase, so neither hides the other.</summary>
internal sealed class JsonLogLine : ILogLineFormat
{
    // a log file is no HTML page: quotes and umlauts stay readable
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Line(in LogEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", entry.At.UtcDateTime);
            json.WriteString("level", LevelOf(entry.Level));
            json.WriteString("area", entry.Area);
            json.WriteString("event", entry.Event.Name);
            json.WriteNumber("id", entry.Event.Id);
            json.WriteString("message", entry.Message);
            foreach (var (name, value) in entry.Fields)
                if (name != "{OriginalFormat}")
                    Field(json, name, value);
            if (entry.Exception is { } exception)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error or LogLevel.Critical => "error",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "no such log level"),
    };

    private static void Field(Utf8JsonWriter json, string name, object? value)
    {
        json.WritePropertyName(name);
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case TimeSpan span: json.WriteNumberValue(span.TotalSeconds); break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }
}
