using Microsoft.Extensions.Logging;
using Segue.Core.Model;

namespace Segue.Server.ControlLoop;

internal static partial class ControlLoopLog
{
    [LoggerMessage(EventId = 2000, EventName = "Decided", Level = LogLevel.Information, Message = "{Cluster}: {Kind}: {Sentence}")]
    public static partial void Decided(this ILogger logger, string cluster, string kind, string sentence);

    [LoggerMessage(EventId = 2002, EventName = "LoopFailed", Level = LogLevel.Critical, Message = "{Cluster}: the control loop ended; no failover will happen until this process is started again")]
    public static partial void LoopFailed(this ILogger logger, Exception exception, string cluster);

    [LoggerMessage(EventId = 2003, EventName = "Routes", Level = LogLevel.Debug, Message = "{Cluster}: statements may go to {Coordinator} from now on, under epoch {Epoch}")]
    public static partial void Routes(this ILogger logger, string cluster, string coordinator, long epoch);

    [LoggerMessage(EventId = 2004, EventName = "Sends", Level = LogLevel.Debug, Message = "{Cluster}: a statement or its first poll goes to {Coordinator} under epoch {Epoch}")]
    public static partial void Sends(this ILogger logger, string cluster, string coordinator, long epoch);

    [LoggerMessage(EventId = 2005, EventName = "RoutesNoMore", Level = LogLevel.Debug, Message = "{Cluster}: nothing is under way under epoch {Epoch} any more")]
    public static partial void RoutesNoMore(this ILogger logger, string cluster, long epoch);

    [LoggerMessage(EventId = 2010, EventName = "TasksEnded", Level = LogLevel.Information, Message = "{Cluster}: {Count} tasks of {Coordinator} ({Incarnation}) were ended on workers")]
    public static partial void TasksEnded(this ILogger logger, string cluster, int count, string coordinator, Incarnation incarnation);

    [LoggerMessage(EventId = 2012, EventName = "QueriesEnded", Level = LogLevel.Information, Message = "{Cluster}: {Count} queries of {Coordinator} from before epoch {Epoch} were ended")]
    public static partial void QueriesEnded(this ILogger logger, string cluster, int count, string coordinator, long epoch);

    [LoggerMessage(EventId = 2013, EventName = "CleanUpStopped", Level = LogLevel.Information, Message = "{Cluster}: clean-up on {Where} was stopped")]
    public static partial void CleanUpStopped(this ILogger logger, string cluster, string where);

    [LoggerMessage(EventId = 2020, EventName = "FenceSaid", Level = LogLevel.Information, Message = "{Cluster}: the fence command said: {Line}")]
    public static partial void FenceSaid(this ILogger logger, string cluster, string line);

    [LoggerMessage(EventId = 2021, EventName = "FenceLeft", Level = LogLevel.Warning, Message = "{Cluster}: Segue ends while the fence command for {Coordinator} runs; its end will not be known")]
    public static partial void FenceLeft(this ILogger logger, string cluster, string coordinator);

    [LoggerMessage(EventId = 2022, EventName = "FenceNotKept", Level = LogLevel.Warning, Message = "{Cluster}: how the fence command for {Coordinator} ended could not be stored: {Detail}")]
    public static partial void FenceNotKept(this ILogger logger, string cluster, string coordinator, string detail);

    [LoggerMessage(EventId = 2030, EventName = "NameNotGivenUp", Level = LogLevel.Warning, Message = "This member's name stays in the stored list, and one that comes by another name waits for it: {Detail}")]
    public static partial void NameNotGivenUp(this ILogger logger, string detail);

    [LoggerMessage(EventId = 2011, EventName = "CleanUpFailed", Level = LogLevel.Warning, Message = "{Cluster}: clean-up on {Where} failed and is tried again: {Detail}")]
    public static partial void CleanUpFailed(this ILogger logger, string cluster, string where, string detail);

    [LoggerMessage(EventId = 2014, EventName = "CleanUpGivenUp", Level = LogLevel.Warning, Message = "{Cluster}: clean-up on {Where} was given up after {Minutes} minutes: by then the engine ends by itself what nobody polls")]
    public static partial void CleanUpGivenUp(this ILogger logger, string cluster, string where, double minutes);
}
