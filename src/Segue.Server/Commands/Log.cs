using Microsoft.Extensions.Logging;

namespace Segue.Server.Commands;

internal static partial class CommandLog
{
    [LoggerMessage(EventId = 2700, EventName = "HookRan", Level = LogLevel.Information, Message = "{Cluster}: the hook {Hook} for {Subject} succeeded after {Seconds:0.0##} s")]
    public static partial void HookRan(this ILogger logger, string cluster, string hook, string subject, double seconds);

    [LoggerMessage(EventId = 2701, EventName = "HookFailed", Level = LogLevel.Warning, Message = "{Cluster}: {Sentence}")]
    public static partial void HookFailed(this ILogger logger, string cluster, string sentence);

    [LoggerMessage(EventId = 2702, EventName = "HookSaid", Level = LogLevel.Information, Message = "{Cluster}: the hook {Hook} said: {Line}")]
    public static partial void HookSaid(this ILogger logger, string cluster, string hook, string line);

    [LoggerMessage(EventId = 2703, EventName = "HookLeftOut", Level = LogLevel.Information, Message = "{Cluster}: the hook {Hook} for {Subject} is not run: a newer one takes its place")]
    public static partial void HookLeftOut(this ILogger logger, string cluster, string hook, string subject);
}
