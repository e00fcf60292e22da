using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>What the conductor is told.</summary>
public abstract record ConductorInput
{
    private ConductorInput()
    {
    }

    /// <summary>A coordinator's state, after each fact about it.</summary>
    public sealed record Observed(HealthState Health) : ConductorInput;

    /// <summary>The data path got an answer from it.</summary>
    public sealed record Answered(string Coordinator) : ConductorInput;

    /// <summary>The stored assignment, or null where there is none yet.</summary>
    /// <param name="Question">Of the <see cref="ConductorEffect.ReadAssignment"/> behind which it was read.</param>
    public sealed record Read(Assignment? Stored, long Question = 0) : ConductorInput;

    public sealed record WriteConfirmed(Assignment Written) : ConductorInput;

    /// <summary>Refused, or the outcome is unknown: it is read back (R1.2).</summary>
    public sealed record WriteFailed(Assignment Attempted, string Detail) : ConductorInput;

    /// <summary>Every send under the epoch has ended or was broken off (R1.3).</summary>
    public sealed record EpochClosed(long Epoch) : ConductorInput;

    /// <summary>Nothing of the deposed process runs any more.</summary>
    public sealed record CleanedUp(string Coordinator, int Generation) : ConductorInput;

    /// <summary>All fence commands that were begun and are not known to have ended, by the store's word; those of this process may be among them.</summary>
    /// <param name="Question">Behind which they were read; 0 where nobody asked.</param>
    public sealed record FencesRead(ImmutableArray<BegunFence> Begun, long Question = 0) : ConductorInput;

    /// <summary>Who was active by the word of the Segue before this one; told before the stored assignment is.</summary>
    public sealed record ProcessRead(ActiveProcess? Process) : ConductorInput;

    /// <param name="Why">One sentence.</param>
    public sealed record FenceEnded(string Coordinator, Incarnation Incarnation, FenceEnd End, string Why) : ConductorInput;

    public sealed record Configured(ClusterConfig Config) : ConductorInput;

    /// <summary>Time passes.</summary>
    public sealed record Tick : ConductorInput;

    /// <summary>What a process of this member before this one acked last, by its data directory; told before all else (R1.5).</summary>
    public sealed record Remembered(Assignment Assignment) : ConductorInput;

    /// <summary>It stands in this member's data directory, and stays there through a crash of the machine.</summary>
    public sealed record Kept(Assignment Assignment) : ConductorInput;

    /// <summary>It does not yet, and is tried again.</summary>
    public sealed record NotKept(Assignment Assignment, string Detail) : ConductorInput;

    public sealed record SessionOpened(long Session, TimeSpan Ttl, Instant Asked) : ConductorInput;

    public sealed record SessionRenewed(long Session, Instant Asked) : ConductorInput;

    /// <summary>The store says so; it never comes back.</summary>
    public sealed record SessionOver(long Session) : ConductorInput;

    /// <summary>No answer to the opening or the renewal.</summary>
    public sealed record StoreAway : ConductorInput;

    /// <param name="Holder">The id of the member that has the conductor's lease, or null.</param>
    /// <param name="Version">Of the lease, or of its removal; 0 where nobody has it and the store does not say since when.</param>
    /// <param name="Question">Of the <see cref="ConductorEffect.ListMembers"/> behind which it was read; 0 where it was told otherwise.</param>
    public sealed record LeaseSeen(string? Holder, long Version = 0, long Question = 0) : ConductorInput;

    /// <param name="Members">By id; all whose sessions live.</param>
    public sealed record MembersListed(long Question, ImmutableDictionary<string, ListedMember> Members) : ConductorInput;

    /// <summary>Another member's ack, told directly.</summary>
    public sealed record Acked(string Member, Assignment Assignment) : ConductorInput;

    /// <summary>An assignment that another member wrote; late and repeated ones are harmless.</summary>
    /// <param name="Stored">It is known to be stored.</param>
    public sealed record Saw(Assignment Assignment, bool Stored) : ConductorInput;

    /// <summary>Another member cannot reach the store, and asks whether this one stays too (R1.6).</summary>
    public sealed record FailsafeAsked(string Member, Assignment Assignment, long Round) : ConductorInput;

    /// <param name="Name">Of who answered.</param>
    public sealed record FailsafeAnswered(string Name, long Round, bool Yes) : ConductorInput;

    /// <param name="HighestEpoch">The highest that member knows of (R1.5).</param>
    public sealed record Reported(string Member, long HighestEpoch, ImmutableArray<CoordinatorReport> Coordinators) : ConductorInput;
}
