using System.Collections.Immutable;

namespace Segue.Server.Admin;

/// <summary>The members of a deployment, as the one that answers knows them.</summary>
public sealed record MembersReport
{
    public required LeaseReport Lease { get; init; }

    public required StoreReport Store { get; init; }

    public required RightReport Right { get; init; }

    /// <summary>This one first; those without an id are known by name only and do not live.</summary>
    public required ImmutableArray<MemberReport> List { get; init; }
}

/// <param name="Standing"><c>mine</c>, <c>other</c>, <c>free</c> or <c>unknown</c>.</param>
/// <param name="Holder">The id of the conductor.</param>
public sealed record LeaseReport(string Standing, string? Holder, string Sentence);

/// <param name="Standing"><c>answers</c>, <c>away</c> or <c>unheard</c>.</param>
public sealed record StoreReport(string Standing, DateTimeOffset? AwaySince, string Sentence);

/// <summary>Whether the member that answers may route.</summary>
/// <param name="Standing"><c>session</c>, <c>failsafe</c>, <c>reading</c> or <c>none</c>.</param>
/// <param name="Until">Unless it is prolonged, which is done all the time.</param>
/// <param name="FailsafeUntil">Until when all members have agreed to stay with what is in force.</param>
/// <param name="PromisedUntil">Until when this member has promised others to.</param>
public sealed record RightReport(string Standing, DateTimeOffset? Until, DateTimeOffset? FailsafeUntil, DateTimeOffset? PromisedUntil, string Sentence);

public sealed record MemberReport
{
    /// <summary>New at each start.</summary>
    public required string? Id { get; init; }

    /// <summary>Of its data directory.</summary>
    public required string Name { get; init; }

    /// <summary>It is the one that answers.</summary>
    public required bool Self { get; init; }

    public required bool Conductor { get; init; }

    public string? Machine { get; init; }

    public int? Process { get; init; }

    /// <summary>Where the other members reach it.</summary>
    public string? Address { get; init; }

    public DateTimeOffset? Since { get; init; }

    public long? AckedEpoch { get; init; }

    /// <summary><c>present</c>, <c>behind</c>, <c>nothing</c> or <c>over</c>.</summary>
    public required string Ack { get; init; }

    /// <summary>It is one of those who may stay with what is in force while the store is away.</summary>
    public bool MayStay { get; init; }

    /// <summary><c>all</c>, <c>some</c> or <c>silent</c>.</summary>
    public required string Reach { get; init; }

    public required ImmutableArray<string> Reaches { get; init; }

    public required ImmutableArray<string> Misses { get; init; }

    /// <summary>Since it told what it reaches.</summary>
    public double? ToldSecondsAgo { get; init; }

    public required string Sentence { get; init; }
}
