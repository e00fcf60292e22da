using Microsoft.Extensions.Logging;

namespace Segue.Server.Store;

internal static partial class StoreLog
{
    [LoggerMessage(4000, LogLevel.Error, "The store failed on {Operations} operations; whether they happened is not known")]
    public static partial void StoreFailed(this ILogger logger, Exception exception, int operations);

    [LoggerMessage(4001, LogLevel.Warning, "{Count} events are missing in the stored history: {Detail}")]
    public static partial void HistoryNotWritten(this ILogger logger, int count, string detail);

    [LoggerMessage(4002, LogLevel.Warning, "The stored event {Key} cannot be read and is left out")]
    public static partial void HistoryEventUnreadable(this ILogger logger, string key);
}
