using Microsoft.Extensions.Logging;

namespace Segue.Server.Admin;

internal static partial class AdminLog
{
    [LoggerMessage(5000, LogLevel.Information, "Status, health and metrics are at {Addresses}.", EventName = "AdminListening")]
    public static partial void Listening(ILogger logger, string addresses);
}
