using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Segue.Server.Admin;

/// <summary>What <c>/api/status</c> answers, in camelCase. Fields are added, never renamed; times are UTC, durations seconds.</summary>
public sealed record StatusReport
{
    public required string Version { get; init; }

    /// <summary>When this was read, by the clock of the member that answers.</summary>
    public required DateTimeOffset At { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required string DeploymentId { get; init; }

    public required string Member { get; init; }

    /// <summary>The same verdict as <c>/health/ready</c>.</summary>
    public required bool Ready { get; init; }

    public required string Sentence { get; init; }

    public required ImmutableArray<ClusterReport> Clusters { get; init; }

    /// <summary>Oldest first.</summary>
    public required ImmutableArray<EventReport> Events { get; init; }
}

public sealed record ClusterReport
{
    public required string Name { get; init; }

    /// <summary><c>presto</c> or <c>trino</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>Null before the first coordinator was chosen.</summary>
    public string? Active { get; init; }

    public DateTimeOffset? ActiveSince { get; init; }

    /// <summary>Why the active coordinator was chosen.</summary>
    public string? Reason { get; init; }

    public required long Epoch { get; init; }

    public required bool Holding { get; init; }

    /// <summary>The present state.</summary>
    public required string Sentence { get; init; }

    public required QueriesReport Queries { get; init; }

    public required ImmutableArray<CoordinatorReport> Coordinators { get; init; }

    public required ImmutableArray<NodeReport> Nodes { get; init; }

    public FailoverReport? LastFailover { get; init; }

    /// <summary>Absent where one member is all there is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MembersReport? Members { get; init; }
}

public sealed record QueriesReport(int Running, int Held, long HeldBytes, long Recovered);

public sealed record CoordinatorReport
{
    public required string Name { get; init; }

    /// <summary><c>active</c>, <c>standby</c>, <c>draining</c>, <c>fenced</c> or <c>down</c>.</summary>
    public required string Role { get; init; }

    /// <summary><c>answering</c>, <c>silent</c> or <c>dead</c>.</summary>
    public required string Liveness { get; init; }

    public required bool Ready { get; init; }

    public required string Evidence { get; init; }

    public required string Sentence { get; init; }

    public string? Incarnation { get; init; }

    public string? Version { get; init; }

    public string? Environment { get; init; }

    public int? WorkersSeen { get; init; }

    public CanaryReport? LastCanary { get; init; }
}

public sealed record CanaryReport(DateTimeOffset At, bool Succeeded, double Seconds, string Sentence);

public sealed record FailoverReport(long Epoch, double DetectSeconds, double DecideSeconds, double? FirstAnswerSeconds);

public sealed record NodeReport(string Id, string Address, DateTimeOffset Seen);

public sealed record EventReport(DateTimeOffset At, string Kind, string Cluster, string? Coordinator, long? Epoch, string Sentence)
{
    /// <summary>The id of the member that it is about; absent where it is about the cluster, or where there is one member.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Member { get; init; }

    /// <summary>Where that member runs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Machine { get; init; }
}
