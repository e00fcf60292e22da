using Segue.Core.Failover;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>What the conductor asks of the shell, to be done in order.</summary>
public abstract record ConductorEffect
{
    private ConductorEffect()
    {
    }

    /// <param name="Question">Comes back with the answer.</param>
    public sealed record ReadAssignment(long Question = 0) : ConductorEffect;

    /// <summary>The marks of the fence commands of others.</summary>
    /// <param name="Question">Comes back with the answer.</param>
    public sealed record ReadFences(long Question) : ConductorEffect;

    /// <summary>Compare-and-set on the version that was read or written last (I4).</summary>
    public sealed record WriteAssignment(Assignment Assignment) : ConductorEffect;

    /// <summary>Behind the decisions: who is active, for the Segue that comes after this one.</summary>
    public sealed record KeepProcess(ActiveProcess Process) : ConductorEffect;

    /// <summary>End what is being sent under this epoch, and tell when nothing is (R1.3).</summary>
    /// <param name="Softly">The coordinator stays: what is under way has a moment to end by itself before it is broken off.</param>
    public sealed record CloseEpoch(long Epoch, bool Softly) : ConductorEffect;

    public sealed record OpenEpoch(long Epoch, string Coordinator) : ConductorEffect;

    public sealed record CleanUp(Deposition Deposition) : ConductorEffect;

    /// <summary>Run the operator's command, once for this coordinator, incarnation and epoch (R8.2).</summary>
    public sealed record Fence(Deposition Deposition) : ConductorEffect;

    /// <summary>It was chosen again: what runs there is no longer old (R8.1).</summary>
    public sealed record StopCleanUp(string Coordinator) : ConductorEffect;

    /// <summary>A decision, for the log and the history.</summary>
    /// <param name="Kind">One of <see cref="EventKinds"/>.</param>
    public sealed record Announce(string Kind, string? Coordinator, long? Epoch, string Sentence) : ConductorEffect;

    public sealed record Timed(FailoverTiming Timing) : ConductorEffect;

    /// <param name="Asked">Comes back with the answer: the session counts from then (R1.4).</param>
    public sealed record OpenSession(Instant Asked) : ConductorEffect;

    public sealed record RenewSession(long Session, Instant Asked) : ConductorEffect;

    /// <summary>Take the conductor's lease, bound to the session, if nobody has it.</summary>
    public sealed record TakeLease(long Session) : ConductorEffect;

    /// <summary>List the live members and what they acked.</summary>
    public sealed record ListMembers(long Question) : ConductorEffect;

    /// <summary>Keep in this member's own data directory, and tell when it is there for good (R1.5).</summary>
    public sealed record Keep(Assignment Assignment) : ConductorEffect;

    /// <summary>Keep in the store, with the session, and tell the conductor, that this member sends under no older epoch any more.</summary>
    public sealed record Ack(Assignment Assignment) : ConductorEffect;

    /// <summary>Tell every member.</summary>
    /// <param name="Stored">It is known to be stored.</param>
    public sealed record Tell(Assignment Assignment, bool Stored) : ConductorEffect;

    /// <summary>Ask every member of the assignment's list, whether all stay with it (R1.6).</summary>
    public sealed record AskFailsafe(Assignment Assignment, long Round) : ConductorEffect;

    /// <param name="Member">The id of who asked.</param>
    /// <param name="Yes">A promise: it was made before this is sent.</param>
    public sealed record AnswerFailsafe(string Member, long Round, bool Yes) : ConductorEffect;
}
