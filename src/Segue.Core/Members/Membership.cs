using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>What a member of several knows of itself and of the others, beside the conductor's knowledge.</summary>
public sealed record Membership
{
    public required MemberIdentity Me { get; init; }

    public required MemberTimes Times { get; init; }

    public required Instant StartedAt { get; init; }

    public OwnSession? Session { get; init; }

    /// <summary>When the session's operation under way was asked for; null while there is none.</summary>
    public Instant? AskedStore { get; init; }

    /// <summary>When the last operation ended, and whether the store answered.</summary>
    public (Instant At, bool Answered)? StoreSaid { get; init; }

    /// <summary>Since when the store has not answered; null while it does.</summary>
    public Instant? AwaySince { get; init; }

    /// <summary>Questions to the store are numbered, so that an answer tells whether it was asked early enough.</summary>
    public long Questions { get; init; }

    /// <summary>It holds the conductor's lease.</summary>
    public bool Leads { get; init; }

    /// <summary>The read of the assignment without which a new conductor decides nothing; null once it has come.</summary>
    public long? ReadToLead { get; init; }

    /// <summary>The read of the fence commands that comes before that one; null once it has come, or where there is no command.</summary>
    public long? FencesToLead { get; init; }

    /// <summary>The lease is being asked for.</summary>
    public bool AsksLease { get; init; }

    /// <summary>Who holds the lease, by id; null while nobody is known to.</summary>
    public string? Conductor { get; init; }

    /// <summary>Of the last word of the lease that was believed: its version, and the last question to the store that had been asked then.</summary>
    public (long Version, long Question) LeaseHeard { get; init; }

    /// <summary>Since when the lease was seen to be free.</summary>
    public Instant? LeaseFreeSince { get; init; }

    /// <summary>All members, by id, as the store listed them last.</summary>
    public ImmutableDictionary<string, ListedMember> Listed { get; init; } = ImmutableDictionary<string, ListedMember>.Empty;

    /// <summary>The same without this one, by id: what is said of the first one is the same in each process.</summary>
    public IEnumerable<KeyValuePair<string, ListedMember>> Others => Listed.Where(pair => pair.Key != Me.Id).OrderBy(static pair => pair.Key, StringComparer.Ordinal);

    public Instant? ListedAt { get; init; }

    /// <summary>Since when the live members are others than those of the assignment.</summary>
    public Instant? DiffersSince { get; init; }

    public Gathering? Gathering { get; init; }

    /// <summary>The last assignment that is known to be stored; its list is the one that counts (R1.6).</summary>
    public Assignment? Stored { get; init; }

    /// <summary>The highest that it acked, in this process or one before, with its content (R1.5).</summary>
    public Assignment? Acked { get; init; }

    /// <summary>The last one that its data directory has; only that may be acked (R1.5).</summary>
    public Assignment? Kept { get; init; }

    /// <summary>The one that is on its way there, and since when it has been waited for.</summary>
    public (Instant Since, Assignment Assignment)? Keeping { get; init; }

    /// <summary>It was said that its data directory does not take it.</summary>
    public bool CannotKeep { get; init; }

    /// <summary>One that it will ack once its own sends have ended.</summary>
    public Assignment? Pending { get; init; }

    public FailsafeRound? Round { get; init; }

    public Instant? FailsafeUntil { get; init; }

    public Instant? PromisedUntil { get; init; }

    /// <summary>Since when a verdict waits for the others' word.</summary>
    public Instant? WordWantedSince { get; init; }

    public ImmutableDictionary<string, MemberReport> Reports { get; init; } = ImmutableDictionary<string, MemberReport>.Empty;

    /// <summary>Late words of what is stored change nothing.</summary>
    public Membership Knowing(Assignment stored) =>
        Stored is { } known && (known.Epoch > stored.Epoch || known.Epoch == stored.Epoch && known.Phase > stored.Phase) ? this : this with { Stored = stored };

    /// <summary>The later of what is stored and what it acked.</summary>
    public Assignment? Latest => Stored is null || Acked?.Epoch > Stored.Epoch ? Acked : Stored;

    public bool Keeps(Assignment assignment) => Kept?.IsSameDecision(assignment) == true;

    /// <summary>What it is to ack is not kept, for so long that others need not wait for it any more.</summary>
    public bool HoldsUp(Instant now) => Keeping is { Since: var since } && now - since >= Times.Ttl;

    /// <summary>Until when it may route (R1.4, R1.6).</summary>
    public Instant? RightUntil => Session is { Counts: true, ValidUntil: var own } && !(own < FailsafeUntil) ? own : FailsafeUntil;

    public bool HasSession(Instant now) => Session is { } session && now < session.ValidUntil;

    public bool HasPromised(Instant now) => now < PromisedUntil;

    /// <summary>The store has answered lately, or is just being asked (R1.6).</summary>
    public bool ReachesStore(Instant now) => StoreSaid is { Answered: true } && (AskedStore is not { } asked || now - asked < Times.AwayAfter);

    /// <summary>
    /// It may have made promises before it was restarted, of which it knows nothing; where the list has others, it decides nothing until they are over.
    /// </summary>
    public bool MayHavePromised(Instant now) =>
        Stored is { } stored && stored.Members.Any(Me.HasHad) && stored.Members.Length > 1 && now - StartedAt < Times.Promise;

    /// <summary>
    /// One whose session is over may still route: by this member's promise, by one of its process before, by the word of a list that it is not in, or of one that it has not read yet (R1.6).
    /// </summary>
    public bool OthersMayStay(Instant now) => HasPromised(now) || MayHavePromised(now) || (Times.Failsafe && (Stored is null || !IsEntitled));

    /// <summary>Each of those who agreed on what is in force has a session.</summary>
    public bool MissesNobody => (Stored?.Members ?? []).Concat(Acked?.Members ?? [])
        .All(name => Me.HasHad(name) || Others.Any(other => new MemberIdentity(other.Key, other.Value.Name).HasHad(name)));

    /// <summary>No member of the last fully acked list can stay behind its back (R1.6).</summary>
    public bool IsEntitled => Stored is null or { Members.IsEmpty: true } || Stored.Members.Any(Me.HasHad);
}
