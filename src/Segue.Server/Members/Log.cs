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

    [LoggerMessage(7004, LogLevel.Warning,
        "Clients come over https, and members pass their requests on to one another over http, with passwords in clear ({Listen}): let peers.listen be https too, or keep that network to the members")]
    public static partial void PassesInClear(this ILogger logger, string listen);

    [LoggerMessage(7005, LogLevel.Warning,
        "{Path} says that epoch {Epoch} of cluster {Cluster} in deployment {Deployment} was acked; this is another one, so that it does not count here")]
    public static partial void AckOfAnother(this ILogger logger, string path, long epoch, string cluster, string deployment);

    [LoggerMessage(7003, LogLevel.Warning, "The stored entry {Key} cannot be read and is left out")]
    public static partial void MemberUnreadable(this ILogger logger, string key);
}
