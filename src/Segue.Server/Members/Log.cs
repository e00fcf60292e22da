using System.Net;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Members;

internal static partial class MembersLog
{
    [LoggerMessage(7000, LogLevel.Warning, "Member {Member} at {Address} is not told what this one knows: {Problem}")]
    public static partial void PeerDoesNotHear(this ILogger logger, string member, Uri address, string problem);

    [LoggerMessage(7001, LogLevel.Information, "Member {Member} at {Address} hears this one")]
    public static partial void PeerHears(this ILogger logger, string member, Uri address);

    [LoggerMessage(7002, LogLevel.Warning, "Refused from {Address}: {What}")]
    public static partial void PeerRefused(this ILogger logger, IPAddress? address, string what);

    [LoggerMessage(7003, LogLevel.Warning, "The stored entry {Key} cannot be read and is left out")]
    public static partial void MemberUnreadable(this ILogger logger, string key);
}
