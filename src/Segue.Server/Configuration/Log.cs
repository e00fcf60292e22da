using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;

namespace Segue.Server.Configuration;

internal static partial class ConfigurationLog
{
    [LoggerMessage(6000, LogLevel.Information, "Configuration {File} was read again: {Applied} took effect")]
    public static partial void ConfigurationReloaded(this ILogger logger, string file, string applied);

    [LoggerMessage(6001, LogLevel.Warning, "Configuration {File} was changed in {NeedRestart}: that takes effect at the next start")]
    public static partial void ConfigurationNeedsRestart(this ILogger logger, string file, string needRestart);

    [LoggerMessage(6002, LogLevel.Information, "Configuration {File} was read again: nothing has changed")]
    public static partial void ConfigurationUnchanged(this ILogger logger, string file);

    [LoggerMessage(6003, LogLevel.Error, "Configuration {File} has {Count} errors: Segue goes on with the last good one")]
    public static partial void ConfigurationRejected(this ILogger logger, string file, int count);

    [LoggerMessage(6004, LogLevel.Error, "{File}:{Error}")]
    public static partial void ConfigurationError(this ILogger logger, string file, ConfigError error);

    [LoggerMessage(6005, LogLevel.Error, "Configuration {File} cannot be read: {Reason} Segue goes on with the last good one")]
    public static partial void ConfigurationUnreadable(this ILogger logger, string file, string reason);
}
