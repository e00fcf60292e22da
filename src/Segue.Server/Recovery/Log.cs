using Microsoft.Extensions.Logging;

namespace Segue.Server.Recovery;

internal static partial class RecoveryLog
{
    [LoggerMessage(EventId = 1100, EventName = "OutcomeLearned", Level = LogLevel.Information,
        Message = "Query {QueryId}, by its table's history as {Coordinator} reads it: {Outcome}.")]
    public static partial void OutcomeLearned(ILogger logger, string queryId, string outcome, string coordinator);

    [LoggerMessage(EventId = 1101, EventName = "ClaimFollowed", Level = LogLevel.Information,
        Message = "Query {QueryId} goes on as {AttemptId} on {Coordinator}, which had run it again when Segue was restarted.")]
    public static partial void ClaimFollowed(ILogger logger, string queryId, string attemptId, string coordinator);
}
