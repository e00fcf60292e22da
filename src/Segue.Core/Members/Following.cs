using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>What a member does about assignments that it did not write: ends its sends, acks, and goes on when all have (R1.2, R1.3).</summary>
internal static class Following
{
    public static void WasRead(Turn turn, Assignment? stored, long question)
    {
        var member = turn.Member;
        if (member.Session is { } session && question >= session.Question)
            turn.Member = member = member with { Session = session with { IsRead = true } };
        var informed = member is { ReadToLead: { } needed, FencesToLead: null } && question >= needed;
        if (informed)
        {
            turn.Member = member = member with { ReadToLead = null };
            Inheritance.GoOn(turn);
        }
        if (turn.State is { Phase: ConductorPhase.Proposing, Change: { } change })
        {
            if (stored == change.Proposal)
            {
                Changes.WasConfirmed(turn, stored);
                return;
            }
            turn.State = turn.State with { Phase = ConductorPhase.Steady, Change = null, Unsettled = true };
        }
        if (turn.State.Phase == ConductorPhase.Loading)
        {
            turn.State = turn.State with { Phase = ConductorPhase.Steady };
            Keeping.Compare(turn, stored);
        }
        if (stored is not null)
            Saw(turn, stored, stored: true);
        // a store that was restored from an older copy must not repeat an epoch; a change of a conductor that is gone is not completed by another
        if (informed && (turn.State.Phase == ConductorPhase.Awaiting || (stored?.Epoch ?? 0) < turn.State.HighestEpoch))
            turn.State = turn.State with { Unsettled = true };
        else if (informed && stored is { Phase: AssignmentPhase.Proposed } && turn.State.Assignment is { } active && stored.IsSameDecision(active))
            turn.Effects.Add(new ConductorEffect.WriteAssignment(active));
    }

    public static void Saw(Turn turn, Assignment seen, bool stored)
    {
        turn.State = turn.State with { HighestEpoch = Math.Max(turn.State.HighestEpoch, seen.Epoch) };
        if (stored)
            Know(turn, seen);
        if (turn.State.Change is { } own && own.Proposal.Epoch >= seen.Epoch)
            return;
        var known = turn.Member.Pending ?? turn.Member.Acked;
        if (seen.Epoch < known?.Epoch)
            return;
        if (seen.Epoch > (known?.Epoch ?? 0))
            Leave(turn, seen);
        else if (!seen.IsSameDecision(known!))
            turn.Because($"epoch {seen.Epoch} is known as: {known!.Reason}; and now as: {seen.Reason}; this is refused, and a later epoch awaited", Topic.Refused);
        // acked by the process before this one
        else if (turn.State is { Assignment: null, Phase: not ConductorPhase.Awaiting })
            Leave(turn, seen);
        else if (seen.Phase == AssignmentPhase.Active)
            BecameActive(turn, seen);
    }

    private static void Know(Turn turn, Assignment seen)
    {
        // a member has left the list: what is to be written next is decided from that
        if (turn.State.Leads && turn.Member.Stored is { } known && known != seen && known.Phase == seen.Phase && known.IsSameDecision(seen))
            turn.Effects.Add(new ConductorEffect.ReadAssignment(turn.Question()));
        turn.Member = turn.Member.Knowing(seen);
    }

    /// <summary>Acks once its own sends have ended, it is kept (R1.5), and no promise stands against it (R1.6).</summary>
    public static void Proceed(Turn turn)
    {
        if (turn.State.Gate != GatePosition.Closed || turn.Member is not { Pending: { } pending } member || !member.Keeps(pending) || member.HasPromised(turn.Now.Instant))
            return;
        turn.Member = member with { Pending = null, Acked = pending };
        turn.Effects.Add(new ConductorEffect.Ack(pending));
        if (pending.Phase == AssignmentPhase.Active)
            BecameActive(turn, pending);
    }

    /// <summary>A member that does not decide: goes with what is in force while its coordinator answers.</summary>
    public static void Consider(Turn turn)
    {
        if (turn.State.Phase == ConductorPhase.Awaiting)
        {
            turn.Quietly($"epoch {turn.State.HighestEpoch} is being agreed upon by all members");
            return;
        }
        if (turn.State.Assignment is not { } assignment)
        {
            turn.Quietly("no coordinator is active yet; the conductor chooses one");
            return;
        }
        var active = turn.State.Health.GetValueOrDefault(assignment.Active);
        // a restart that the conductor did not see, because it was restarted itself, has no later epoch
        if (active is { Condition: Condition.Healthy } && active.Generation != turn.State.ActiveGeneration)
            Changes.Resume(turn, active);
        if (active is { Condition: Condition.Healthy } && active.Generation == turn.State.ActiveGeneration)
            turn.State = turn.State with { Reason = assignment.Reason, Topic = Topic.None };
        else
            turn.Quietly($"{active?.Sentence ?? $"{assignment.Active} was not asked yet"}; new statements are held until the conductor decides");
    }

    private static void Leave(Turn turn, Assignment seen)
    {
        turn.Member = turn.Member with { Pending = seen, Gathering = null, Round = null, FailsafeUntil = null };
        // who leads and did not write it completes it by a later one
        turn.State = turn.State with { Phase = ConductorPhase.Awaiting, Change = null, Unsettled = turn.State.Leads };
        Keeping.Begin(turn, seen);
        turn.Close(softly: seen.Planned && seen.Active == turn.State.Assignment?.Active);
        Proceed(turn);
    }

    private static void BecameActive(Turn turn, Assignment active)
    {
        if (turn.Member.Pending is { } pending && pending.Epoch == active.Epoch)
        {
            // told before its own sends have ended: it was not waited for, because its session had run out
            turn.Member = turn.Member with { Pending = active };
            return;
        }
        if (turn.State.Assignment is { } current && current.Epoch == active.Epoch)
            turn.State = turn.State with { Assignment = active, Phase = turn.State.Phase == ConductorPhase.Awaiting ? ConductorPhase.Steady : turn.State.Phase };
        else if (turn.State.Phase == ConductorPhase.Awaiting)
        {
            Changes.TakeUp(turn, active);
            turn.Open();
        }
    }
}
