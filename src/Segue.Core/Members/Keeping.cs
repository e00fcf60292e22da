using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>
/// A member keeps what it acks in its data directory first, so that it goes back behind no epoch when it is started again, whatever the store then says
/// (R1.5).
/// </summary>
internal static class Keeping
{
    /// <summary>Its process before acked this: what that one sent has ended with it.</summary>
    public static void Remembered(Turn turn, Assignment acked)
    {
        turn.Member = turn.Member with { Acked = acked, Kept = acked };
        turn.State = turn.State with { HighestEpoch = acked.Epoch };
    }

    /// <summary>While sends under the old epoch are still ending: to keep more than was acked does no harm.</summary>
    public static void Begin(Turn turn, Assignment assignment)
    {
        if (turn.Member.Keeps(assignment))
            return;
        turn.Member = turn.Member with { Keeping = (turn.Member.Keeping?.Since ?? turn.Now.Instant, assignment) };
        turn.Effects.Add(new ConductorEffect.Keep(assignment));
    }

    public static void Done(Turn turn, Assignment kept)
    {
        var next = turn.Member.Keeping is { } keeping && !keeping.Assignment.IsSameDecision(kept) ? keeping.Assignment : null;
        turn.Member = turn.Member with { Kept = kept, Keeping = next is null ? null : (turn.Now.Instant, next), CannotKeep = false };
    }

    /// <summary>The shell tries again.</summary>
    public static void Failed(Turn turn, Assignment assignment, string detail)
    {
        if (turn.Member.CannotKeep)
            return;
        turn.Member = turn.Member with { CannotKeep = true };
        turn.Note(EventKinds.AckNotKept,
            $"this member's data directory does not take epoch {assignment.Epoch}, so that it may not ack it: {detail}; it lets its session run out, and the others go on without it");
    }

    /// <summary>A store that was restored from an older copy must not make an epoch be used twice: who knows of a later one acks no earlier one.</summary>
    public static void HeardOf(Turn turn, long highest)
    {
        if (highest <= turn.State.HighestEpoch)
            return;
        turn.State = turn.State with { HighestEpoch = highest, Unsettled = turn.State.Unsettled || turn.State is { Leads: true, Phase: ConductorPhase.Steady } };
        if (turn.State.Phase == ConductorPhase.Closing)
            Abandon(turn);
    }

    /// <summary>Nobody need wait for acks that will not come: it is decided anew, under a later epoch.</summary>
    public static void Abandon(Turn turn)
    {
        turn.Member = turn.Member with { Gathering = null };
        turn.State = turn.State with { Phase = ConductorPhase.Steady, Change = null, Unsettled = true };
    }

    /// <summary>By the store's word it acked something, and its data directory does not say so.</summary>
    public static void Compare(Turn turn, Assignment? stored)
    {
        if (turn.Member.Acked is null && stored?.Members.Contains(turn.Member.Me.Name) == true)
            turn.Note(EventKinds.AckForgotten,
                $"this member agreed on epoch {stored.Epoch} or an earlier one, and its data directory does not have what it acked; it goes by the store alone, which must not be older than that");
    }
}
