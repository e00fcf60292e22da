using System.Collections.Immutable;

namespace Segue.Core.Members;

/// <summary>What people see of several members, as one of them knows it. Times are the wall clock's; docs/operations.md says what to do about each sentence.</summary>
public sealed record MembersPicture
{
    public required LeaseStanding Lease { get; init; }

    /// <summary>The id of the member that takes the decisions; null where none is known to.</summary>
    public required string? Conductor { get; init; }

    public required string LeaseSentence { get; init; }

    public required StoreStanding Store { get; init; }

    /// <summary>Since when the store has not answered; null while it does.</summary>
    public required DateTimeOffset? AwaySince { get; init; }

    public required string StoreSentence { get; init; }

    public required RightStanding Right { get; init; }

    /// <summary>Until when this member may route, unless it is prolonged; null where it may not.</summary>
    public required DateTimeOffset? RightUntil { get; init; }

    public required string RightSentence { get; init; }

    /// <summary>Until when all members have agreed to stay with what is in force; null where they have not.</summary>
    public required DateTimeOffset? FailsafeUntil { get; init; }

    /// <summary>Until when this member has promised others to stay with what is in force; null where it has not.</summary>
    public required DateTimeOffset? PromisedUntil { get; init; }

    /// <summary>This one first, then by name.</summary>
    public required ImmutableArray<MemberPicture> Members { get; init; }
}

public sealed record MemberPicture
{
    /// <summary>Null where only its name is known: it is in the list of the assignment and does not live.</summary>
    public required string? Id { get; init; }

    public required string Name { get; init; }

    public required bool IsMe { get; init; }

    public required bool IsConductor { get; init; }

    /// <summary>As the store listed it last; null where it has not yet, or does no longer.</summary>
    public required ListedMember? Listed { get; init; }

    /// <summary>The highest epoch that it acked.</summary>
    public required long? Acked { get; init; }

    public required AckStanding Ack { get; init; }

    /// <summary>It is in the last list that was stored: those alone may stay with what is in force while the store is away (R1.6).</summary>
    public required bool MayStay { get; init; }

    public required ReachStanding Reach { get; init; }

    public required ImmutableArray<string> Reaches { get; init; }

    public required ImmutableArray<string> Misses { get; init; }

    /// <summary>Since it told what it reaches; null for this one, or where it never did.</summary>
    public required TimeSpan? Age { get; init; }

    public required string Sentence { get; init; }
}

/// <summary>Who holds the conductor's lease.</summary>
public enum LeaseStanding
{
    Mine,
    Other,
    Free,

    /// <summary>The store does not say.</summary>
    Unknown,
}

/// <summary>Whether the store answers this member.</summary>
public enum StoreStanding
{
    Answers,
    Away,

    /// <summary>It has not answered since this member's start.</summary>
    Unheard,
}

/// <summary>What gives this member the right to route (R1.4, R1.6).</summary>
public enum RightStanding
{
    Session,

    /// <summary>All members agreed that all stay with what is in force.</summary>
    Failsafe,

    /// <summary>The session is open, and the assignment not read behind it, or the others not heard of (R1.3, R1.5).</summary>
    Reading,

    None,
}

/// <summary>How far a member is with the epoch that this one knows as the highest.</summary>
public enum AckStanding
{
    Present,
    Behind,
    Nothing,

    /// <summary>Its session is over.</summary>
    Over,
}

/// <summary>Which coordinators a member reaches, by its own word.</summary>
public enum ReachStanding
{
    All,
    Some,

    /// <summary>It has not told for longer than its word counts.</summary>
    Silent,
}
