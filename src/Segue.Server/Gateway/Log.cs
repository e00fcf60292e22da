using Microsoft.Extensions.Logging;

namespace Segue.Server.Gateway;

internal static partial class GatewayLog
{
    [LoggerMessage(EventId = 1000, EventName = "QueryEnded", Level = LogLevel.Information,
        Message = "Query {QueryId} of {User} on {Coordinator}: {Outcome}, {Attempts} run(s), {Rows} rows, {Milliseconds} ms.")]
    public static partial void Ended(
        ILogger logger, string queryId, string outcome, string user, string coordinator, int attempts, long rows, long milliseconds);

    [LoggerMessage(EventId = 1001, EventName = "QueryHeld", Level = LogLevel.Information, Message = "Query {QueryId} is held: {Why}")]
    public static partial void Held(ILogger logger, string queryId, string why);

    [LoggerMessage(EventId = 1002, EventName = "QueryWaits", Level = LogLevel.Debug, Message = "Query {QueryId} waits: {Why}")]
    public static partial void Holding(ILogger logger, string queryId, string why);

    [LoggerMessage(EventId = 1003, EventName = "QuerySubmitted", Level = LogLevel.Information,
        Message = "Query {QueryId} runs as {AttemptId} on {Coordinator}: {Why}")]
    public static partial void Submitted(ILogger logger, string queryId, string attemptId, string coordinator, string why);

    [LoggerMessage(EventId = 1004, EventName = "QueryRunsAgain", Level = LogLevel.Information, Message = "Query {QueryId}: {Why}")]
    public static partial void RunsAgain(ILogger logger, string queryId, string why);

    [LoggerMessage(EventId = 1005, EventName = "StatementRefused", Level = LogLevel.Information,
        Message = "{Coordinator} took query {QueryId} but is not ready: {ErrorName}.")]
    public static partial void Refused(ILogger logger, string queryId, string coordinator, string errorName);

    [LoggerMessage(EventId = 1006, EventName = "QueryFailedBySegue", Level = LogLevel.Warning, Message = "Query {QueryId} ended with {ErrorName}: {Why}")]
    public static partial void Failed(ILogger logger, string queryId, string errorName, string why);

    [LoggerMessage(EventId = 1007, EventName = "BodyBroken", Level = LogLevel.Warning,
        Message = "The page of query {QueryId} was broken off inside a row: {Why}")]
    public static partial void Aborted(ILogger logger, string queryId, string why);

    [LoggerMessage(EventId = 1008, EventName = "QueryCanceled", Level = LogLevel.Information, Message = "Query {QueryId} of {User} was canceled.")]
    public static partial void Canceled(ILogger logger, string queryId, string user);

    [LoggerMessage(EventId = 1009, EventName = "CancelNotDelivered", Level = LogLevel.Warning,
        Message = "The cancel of query {QueryId} did not reach {Coordinator}: {Why}")]
    public static partial void CancelNotDelivered(ILogger logger, string queryId, string coordinator, string why);

    [LoggerMessage(EventId = 1010, EventName = "ClientVanished", Level = LogLevel.Information,
        Message = "The client of query {QueryId} has not asked for 5 min; the query was given up.")]
    public static partial void Vanished(ILogger logger, string queryId);

    [LoggerMessage(EventId = 1020, EventName = "QueryResumed", Level = LogLevel.Information,
        Message = "Query {QueryId} goes on behind the {Rows} rows that its client has; {Aside} rows that came before some of them follow first.")]
    public static partial void Resumed(ILogger logger, string queryId, long rows, long aside);

    [LoggerMessage(EventId = 1021, EventName = "ListLost", Level = LogLevel.Warning,
        Message = "Query {QueryId}: no list of its delivered rows is kept any more, because {Why}; another run goes on behind them only where it begins with the same rows.")]
    public static partial void ListLost(ILogger logger, string queryId, string why);

    [LoggerMessage(EventId = 1030, EventName = "ResultSpooled", Level = LogLevel.Information,
        Message = "Query {QueryId}: all of its result is here, {Bytes} bytes; {Coordinator} is not asked for it any more.")]
    public static partial void Spooled(ILogger logger, string queryId, long bytes, string coordinator);

    [LoggerMessage(EventId = 1031, EventName = "SpoolLeft", Level = LogLevel.Warning,
        Message = "Query {QueryId}: its result goes out before it is whole, because {Why}.")]
    public static partial void SpoolLeft(ILogger logger, string queryId, string why);

    [LoggerMessage(EventId = 1011, EventName = "QueryCanceledByOperator", Level = LogLevel.Warning,
        Message = "Query {QueryId} of {User} was canceled by an operator over the admin port.")]
    public static partial void CanceledByOperator(ILogger logger, string queryId, string user);

    [LoggerMessage(EventId = 1012, EventName = "QueriesRecovered", Level = LogLevel.Information, Message = "{Cluster}: Recovered: {Sentence}")]
    public static partial void Recovered(ILogger logger, string cluster, string sentence);

    [LoggerMessage(EventId = 1902, EventName = "ListensInClear", Level = LogLevel.Warning,
        Message = "Coordinators are reached by https, but clients by {Listen}: passwords that clients send cross the network in clear on that side. Listen on https.")]
    public static partial void ListensInClear(ILogger logger, string listen);

    [LoggerMessage(1900, LogLevel.Information, "Certificate {File} has changed and is in use; it is valid until {NotAfter}")]
    public static partial void CertificateRead(ILogger logger, string file, DateTime notAfter);

    [LoggerMessage(1901, LogLevel.Error, "Certificate {File} or its key cannot be used; the old one stays in use, valid until {NotAfter}")]
    public static partial void CertificateBroken(ILogger logger, string file, DateTime notAfter, Exception exception);
}
