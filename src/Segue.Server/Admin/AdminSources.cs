using System.Collections.Immutable;
using Segue.Core.Members;
using Segue.Server.ControlLoop;
using Segue.Server.Discovery;
using Segue.Server.Store;

namespace Segue.Server.Admin;

/// <summary>All that the admin port reads; every read is of memory.</summary>
public sealed record AdminSources
{
    public required DateTimeOffset StartedAt { get; init; }

    public required string DeploymentId { get; init; }

    /// <summary>This process among the members of its deployment; new at each start.</summary>
    public required string Member { get; init; }

    public required ImmutableArray<AdminCluster> Clusters { get; init; }

    /// <summary>Null where this member is all there is.</summary>
    internal IMemberQuestions? Others { get; init; }

    public required IHistory History { get; init; }

    public required TimeProvider Time { get; init; }
}

/// <param name="Nodes">The nodes that announce themselves now; empty where discovery is off.</param>
public sealed record AdminCluster(ICluster Cluster, IQueryCensus Queries, Func<ImmutableArray<AnnouncedNode>> Nodes, IQueryDesk Desk)
{
    public string Name => Cluster.Config.Name;

    /// <summary>The members of the deployment; null where this one is all there is.</summary>
    public Func<MembersPicture?> Members { get; init; } = static () => null;
}
