using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Telemetry;

/// <summary>For a person at a terminal: <c>12:03:04 coordinator-1:8321 refused …</c>; only what is not ordinary names its level.</summary>
internal sealed class TextLogLine : ILogLineFormat
{
    public string Line(in LogEntry entry)
    {
        var level = entry.Level switch
        {
            LogLevel.Critical or LogLevel.Error => "error: ",
            LogLevel.Warning => "warning: ",
            LogLevel.Debug or LogLevel.Trace => "debug: ",
            _ => "",
        };
        var text = string.Create(CultureInfo.InvariantCulture, $"{entry.At:HH:mm:ss} {level}{entry.Message}");
        return entry.Exception is { } exception ? $"{text}\n{exception}" : text;
    }
}
