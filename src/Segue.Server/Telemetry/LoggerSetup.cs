using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;

namespace Segue.Server.Telemetry;

/// <summary>Logging as the configuration asks.</summary>
public static class LoggerSetup
{
    /// <summary>Writes to standard output. Dispose it last: what was logged is then written.</summary>
    public static ILoggerFactory Create(LogConfig config, TimeProvider time) =>
        Create(config, time, Console.Out, Console.IsOutputRedirected);

    internal static ILoggerFactory Create(LogConfig config, TimeProvider time, TextWriter output, bool redirected)
    {
        var json = config.Format switch
        {
            LogFormat.Auto => redirected,
            LogFormat.Text => false,
            LogFormat.Json => true,
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Format, "no such log format"),
        };
        var level = config.Level switch
        {
            LogLevelName.Debug => LogLevel.Debug,
            LogLevelName.Info => LogLevel.Information,
            LogLevelName.Warning => LogLevel.Warning,
            LogLevelName.Error => LogLevel.Error,
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Level, "no such log level"),
        };
        var filter = new LoggerFilterOptions { MinLevel = level };
        // the HTTP server's own lines say nothing to an operator until something is wrong
        if (level is LogLevel.Information)
            filter.Rules.Add(new LoggerFilterRule(null, "Microsoft", LogLevel.Warning, null));
        // a start that fails is thrown as well, and told in one sentence
        filter.Rules.Add(new LoggerFilterRule(null, "Microsoft.Extensions.Hosting", LogLevel.None, null));
        ILogLineFormat format = json ? new JsonLogLine() : new TextLogLine();
        var factory = new LoggerFactory([], filter);
        // added, not given above: only so does the factory's end flush it
        factory.AddProvider(new LineLoggerProvider(format, new LogSink(output, Dropped), time));
        return factory;

        // made here, not logged: the way to the log is what is full
        string Dropped(long lines) => format.Line(new LogEntry(
            time.GetLocalNow(),
            LogLevel.Warning,
            typeof(LoggerSetup).Namespace!,
            new EventId(5100, "LogLinesDropped"),
            $"{lines} log lines were dropped: the reader of standard output was too slow.",
            [new("Lines", lines)],
            Exception: null));
    }
}
