using Microsoft.Extensions.Logging;

namespace Segue.Server.Recovery;

internal static partial class RecoveryLog
{
    [LoggerMessage(EventId = 1100, EventName = "OutcomeLearned", Level = LogLevel.Information,
        Message = "Query {QueryId}, by its table's history as {Coordinator} reads it: {Outcome}.")]
    public static partial void OutcomeLearned(ILogger logger, string queryId, string outcome, string coordinator);

    [LoggerMessage(EventId = 1101, EventName = "ClaimFollowed", Level = LogLevel.Information,
        Message = "Query {QueryId} goes on as {AttemptId} on {Coordinator}, where it had been run again before this process followed it.")]
    public static partial void ClaimFollowed(ILogger logger, string queryId, string attemptId, string coordinator);

    [LoggerMessage(EventId = 1102, EventName = "JournalFails", Level = LogLevel.Warning,
        Message = "{Cluster}: running statements are not written to the store: {Why} Until they are, a restart of Segue loses more of them.")]
    public static partial void JournalFails(ILogger logger, string cluster, string why);

    [LoggerMessage(EventId = 1103, EventName = "JournalWorksAgain", Level = LogLevel.Information, Message = "{Cluster}: running statements are written to the store again.")]
    public static partial void JournalWorksAgain(ILogger logger, string cluster);

    [LoggerMessage(EventId = 1104, EventName = "JournalFull", Level = LogLevel.Warning,
        Message = "{Cluster}: more than {MiB} MiB of statements wait for the store; further ones are not written, and a restart of Segue loses more of them.")]
    public static partial void JournalFull(ILogger logger, string cluster, long miB);

    [LoggerMessage(EventId = 1105, EventName = "JournalUnreadable", Level = LogLevel.Warning,
        Message = "{Count} stored statements cannot be read: they were changed, or sealed with another key. They are removed when their clients have had their time.")]
    public static partial void JournalUnreadable(ILogger logger, int count);

    [LoggerMessage(EventId = 1106, EventName = "QueryRemembered", Level = LogLevel.Information,
        Message = "Query {QueryId} goes on with what was stored of it before this process followed it.")]
    public static partial void Remembered(ILogger logger, string queryId);

    [LoggerMessage(EventId = 1107, EventName = "EndsNotKept", Level = LogLevel.Warning,
        Message = "Ends of queries are not written to {File}: {Why} Until they are, a query that ends just before Segue is killed may be begun again by who asks for it again.")]
    public static partial void EndsNotKept(ILogger logger, string file, string why);
}
