using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Segue.Server.Commands;
using Segue.Server.Members;
using Segue.Server.Store;
using Segue.Server.Telemetry;

namespace Segue.Server.ControlLoop;

/// <summary>What a cluster's control loop needs from the rest of the process.</summary>
public sealed record ClusterServices
{
    /// <summary>Names this deployment in the source of canaries (R1.7).</summary>
    public required string DeploymentId { get; init; }

    public required IStore Store { get; init; }

    public required IHistory History { get; init; }

    /// <summary>Asked late, because the data path is built on the cluster; null while there is none yet.</summary>
    public required Func<IQueryCensus?> Census { get; init; }

    /// <summary>The workers' own addresses as announced; empty where discovery is not Segue's, then the active coordinator is asked.</summary>
    public required Func<ImmutableArray<Uri>> Workers { get; init; }

    /// <summary>What this member is among several; null where it is the only one.</summary>
    internal MembershipSetup? Membership { get; init; }

    public required RoleHooks Hooks { get; init; }

    public required TimeProvider Time { get; init; }

    public required SegueMetrics Metrics { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The bound for a coordinator's response headers, in bytes.</summary>
    public required int HeaderBytes { get; init; }
}
