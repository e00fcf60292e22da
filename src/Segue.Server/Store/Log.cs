using Microsoft.Extensions.Logging;

namespace Segue.Server.Store;

internal static partial class StoreLog
{
    [LoggerMessage(4000, LogLevel.Error, "The store {File} fails: {Detail} Without it no other coordinator can become active")]
    public static partial void StoreFailed(this ILogger logger, Exception? exception, string file, string detail);

    [LoggerMessage(4003, LogLevel.Information, "The store {File} works again")]
    public static partial void StoreWorksAgain(this ILogger logger, string file);

    [LoggerMessage(4004, LogLevel.Error, "The store {File} was removed: what is written now is lost at the next start, and with it who is active. Start Segue again to have a new one")]
    public static partial void StoreRemoved(this ILogger logger, string file);

    [LoggerMessage(4001, LogLevel.Warning, "{Count} events are missing in the stored history: {Detail}")]
    public static partial void HistoryNotWritten(this ILogger logger, int count, string detail);

    [LoggerMessage(4002, LogLevel.Warning, "The stored event {Key} cannot be read and is left out")]
    public static partial void HistoryEventUnreadable(this ILogger logger, string key);

    [LoggerMessage(4005, LogLevel.Warning, "{Problem} It is tried again for {Seconds} s")]
    public static partial void StoreAwaited(this ILogger logger, string problem, double seconds);
}
