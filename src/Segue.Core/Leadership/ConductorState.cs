using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>All the conductor of one cluster knows.</summary>
public sealed record ConductorState
{
    public required ClusterConfig Config { get; init; }

    /// <summary>Null where one member is all there is: then it decides, and asks nobody.</summary>
    public Membership? Member { get; init; }

    public ConductorPhase Phase { get; init; }

    public GatePosition Gate { get; init; }

    /// <summary>What is stored, or known to other members, may be later than what is in force: it is decided anew.</summary>
    public bool Unsettled { get; init; }

    /// <summary>The highest epoch ever read or proposed; the next one is greater (R1.5).</summary>
    public long HighestEpoch { get; init; }

    /// <summary>The one in force; null before the first.</summary>
    public Assignment? Assignment { get; init; }

    /// <summary>The generation that was made active; null until the coordinator of a stored assignment was heard.</summary>
    public int? ActiveGeneration { get; init; }

    public Incarnation? ActiveIncarnation { get; init; }

    /// <summary>The active process that a Segue before this one knew last; null once it has shown what became of it.</summary>
    public ActiveProcess? Inherited { get; init; }

    /// <summary>What the active coordinator said of itself last: standbys must match it (R2.3).</summary>
    public NodeInfo? Reference { get; init; }

    public Change? Change { get; init; }

    public ImmutableDictionary<string, HealthState> Health { get; init; } = ImmutableDictionary<string, HealthState>.Empty;

    public ImmutableDictionary<string, Deposition> Deposed { get; init; } = ImmutableDictionary<string, Deposition>.Empty;

    /// <summary>Fence commands that were begun and are not known to have ended, by coordinator (R8.2).</summary>
    public ImmutableDictionary<string, FenceMark> Fences { get; init; } = ImmutableDictionary<string, FenceMark>.Empty;

    public SlownessGap Slowness { get; init; }

    public FailoverTiming? LastFailover { get; init; }

    public Instant ActivatedAt { get; init; }

    public Topic Topic { get; init; }

    /// <summary>The present state in one sentence.</summary>
    public string Reason { get; init; } = "the stored assignment is not read yet";

    /// <summary>It takes the decisions.</summary>
    public bool Leads => Member is null or { Leads: true, ReadToLead: null };

    /// <summary>The active coordinator where statements may go now, else null.</summary>
    public string? OpenTo => Phase == ConductorPhase.Steady
        && Gate == GatePosition.Open
        && Assignment is { } assignment
        && Health.TryGetValue(assignment.Active, out var active)
        && active.Condition == Condition.Healthy
        && active.Generation == ActiveGeneration
            ? assignment.Active
            : null;

    public bool IsConfigured(string name) => Config.Coordinators.Any(coordinator => coordinator.Name == name);

    /// <summary>Its fence command may still hit it.</summary>
    public bool IsFenced(HealthState health) => Fences.TryGetValue(health.Name, out var mark) && mark.Concerns(health);

    /// <summary>It lost the role by a loss and is still the same process.</summary>
    public bool IsDeposed(HealthState health) =>
        Deposed.TryGetValue(health.Name, out var deposition) && deposition.MayBe(health.Generation, health.Incarnation);
}

public sealed record ConductorStep(ConductorState State, ImmutableArray<ConductorEffect> Effects, string Reason);
