using Microsoft.Extensions.Logging;

namespace Segue.Server.Discovery;

internal static partial class DiscoveryLog
{
    [LoggerMessage(3000, LogLevel.Information, "{Cluster}: {Reason}")]
    public static partial void NodesChanged(ILogger logger, string cluster, string reason);

    [LoggerMessage(3001, LogLevel.Warning, "{Cluster}: {Reason}")]
    public static partial void NodeMissed(ILogger logger, string cluster, string reason);

    [LoggerMessage(3002, LogLevel.Warning, "{Cluster}: refused {Method} {Path} from {Remote}: {Reason}")]
    public static partial void Refused(ILogger logger, string cluster, string method, string path, string remote, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "{Cluster}: the store did not take the announcement of node {NodeId}, trying again: {Detail}")]
    public static partial void NotKept(ILogger logger, string cluster, string nodeId, string? detail);

    [LoggerMessage(3004, LogLevel.Warning, "{Cluster}: announcements kept from before the start could not be read: {Detail}")]
    public static partial void NotRestored(ILogger logger, string cluster, string? detail);

    [LoggerMessage(3005, LogLevel.Information, "{Cluster}: replayed {Count} announcements to {Coordinator}")]
    public static partial void Replayed(ILogger logger, string cluster, int count, string coordinator);

    [LoggerMessage(3006, LogLevel.Debug, "{Cluster}: {Coordinator} did not take a discovery request: {Detail}")]
    public static partial void RelayFailed(ILogger logger, string cluster, string coordinator, string detail);
}
