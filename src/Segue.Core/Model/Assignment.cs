using System.Collections.Immutable;

namespace Segue.Core.Model;

/// <summary>How far an assignment has come (R1.2).</summary>
public enum AssignmentPhase
{
    /// <summary>Written; whoever reads it holds new statements.</summary>
    Proposed,

    /// <summary>Every member has acked; new statements go to the active coordinator.</summary>
    Active,
}

/// <summary>Who is active, since when and why (R1.1). The epoch only grows.</summary>
public sealed record Assignment
{
    public required string Cluster { get; init; }

    public required long Epoch { get; init; }

    /// <summary>The name of the active coordinator (<see cref="Configuration.CoordinatorConfig.Name"/>).</summary>
    public required string Active { get; init; }

    public required AssignmentPhase Phase { get; init; }

    /// <summary>The coordinator before lives, and what runs there goes on.</summary>
    public bool Planned { get; init; }

    /// <summary>
    /// The names, in order, of the members of the last list that was stored as fully acked: of an active assignment those who acked it, of a proposed
    /// one those of the active one before; without those who have left it since. Only they may stay with it while the store is away, and only they may replace it (R1.6).
    /// </summary>
    public ImmutableArray<string> Members
    {
        // one that was stored without them
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The decision's sentence, the same that goes to the log, the history and the status.</summary>
    public required string Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The same behind the end of one of its members, which sends no more: nobody waits for that one (R1.6).</summary>
    /// <returns>Null where it is none of them.</returns>
    public Assignment? Without(string member) => Members.Contains(member) ? this with { Members = Members.Remove(member) } : null;

    /// <summary>It is the same decision, however far it has come (R1.5).</summary>
    public bool IsSameDecision(Assignment other) => Equals(other with { Phase = Phase, Members = Members });

    /// <inheritdoc/>
    public bool Equals(Assignment? other) =>
        other is not null && Cluster == other.Cluster && Epoch == other.Epoch && Active == other.Active && Phase == other.Phase && Planned == other.Planned && Reason == other.Reason
        && At == other.At && Members.SequenceEqual(other.Members);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Cluster, Epoch, Active, Phase);
}
