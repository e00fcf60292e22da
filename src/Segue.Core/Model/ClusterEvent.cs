namespace Segue.Core.Model;

/// <summary>One line of the event history: a decision or a fact, with the sentence a person reads.</summary>
public sealed record ClusterEvent
{
    public required DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="EventKinds"/>.</summary>
    public required string Kind { get; init; }

    public required string Cluster { get; init; }

    public string? Coordinator { get; init; }

    public long? Epoch { get; init; }

    public required string Sentence { get; init; }

    /// <summary>The id of the member that it is about; null where it is about the cluster, or where there is one member.</summary>
    public string? Member { get; init; }

    /// <summary>Where that member runs.</summary>
    public string? Machine { get; init; }
}
