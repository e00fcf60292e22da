using System.Collections.Immutable;
using Segue.Core.Routing;

namespace Segue.Core.Model;

/// <summary>Everything a person asks of one cluster, as one immutable picture.</summary>
public sealed record ClusterStatus
{
    public required string Cluster { get; init; }

    public required EngineKind Engine { get; init; }

    /// <summary>Null before the first coordinator was chosen.</summary>
    public Assignment? Assignment { get; init; }

    /// <summary>True while new statements are held.</summary>
    public required bool Holding { get; init; }

    /// <summary>The present state in one sentence.</summary>
    public required string Sentence { get; init; }

    /// <summary>Why clients must not be sent here though statements go, or null: another deployment is there (R1.7).</summary>
    public string? Alarm { get; init; }

    public required ImmutableArray<CoordinatorStatus> Coordinators { get; init; }

    public FailoverTiming? LastFailover { get; init; }
}

public sealed record CoordinatorStatus
{
    public required string Name { get; init; }

    public required CoordinatorRole Role { get; init; }

    public required Liveness Liveness { get; init; }

    /// <summary>True where it could take over now.</summary>
    public required bool Ready { get; init; }

    /// <summary>The kind of the last evidence, e.g. <c>Healthy</c>, <c>Refused</c>, <c>Starting</c>.</summary>
    public required string Evidence { get; init; }

    /// <summary>The last evidence as one sentence.</summary>
    public required string Sentence { get; init; }

    public Incarnation? Incarnation { get; init; }

    public string? Version { get; init; }

    public string? Environment { get; init; }

    /// <summary>As the last canary counted them; null while unknown.</summary>
    public int? WorkersSeen { get; init; }

    public CanaryOutcome? LastCanary { get; init; }
}

public sealed record CanaryOutcome(DateTimeOffset At, bool Succeeded, TimeSpan Took, string Sentence);

/// <summary>The phases of one failover, each counted from the one before.</summary>
/// <param name="Detect">From the first sign (closed connection, failed send, first unanswered probe) to the verdict.</param>
/// <param name="Decide">From the verdict to the new assignment being active.</param>
/// <param name="FirstAnswer">From then to the first answer of a statement by the new coordinator; null until there is one.</param>
public sealed record FailoverTiming(long Epoch, TimeSpan Detect, TimeSpan Decide, TimeSpan? FirstAnswer);
