using Microsoft.Extensions.Logging;

namespace Segue.Server.Telemetry;

internal sealed class LineLoggerProvider(ILogLineFormat format, LogSink sink, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName, format, sink, time);

    public void Dispose() => sink.Dispose();
}

/// <summary>One line an event; the factory's filter has decided before that it is wanted.</summary>
internal sealed class LineLogger(string area, ILogLineFormat format, LogSink sink, TimeProvider time) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var fields = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        sink.Write(format.Line(new LogEntry(time.GetLocalNow(), logLevel, area, eventId, formatter(state, exception), fields, exception)));
    }
}

internal readonly record struct LogEntry(
    DateTimeOffset At,
    LogLevel Level,
    string Area,
    EventId Event,
    string Message,
    IReadOnlyList<KeyValuePair<string, object?>> Fields,
    Exception? Exception);

internal interface ILogLineFormat
{
    /// <summary>Without the line's end.</summary>
    string Line(in LogEntry entry);
}
