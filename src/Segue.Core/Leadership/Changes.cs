using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>The order of a change: propose, see it confirmed, look again, end the old epoch, activate (R1.2).</summary>
internal static class Changes
{
    public static void Propose(Turn turn, HealthState? from, HealthState to, string why, bool forSlowness = false, bool planned = false)
    {
        if (turn.State.Member is { } member && Objection(member, turn.Now.Instant) is { } objection)
        {
            turn.Quietly($"{why}; {objection}");
            return;
        }
        var epoch = turn.State.HighestEpoch + 1;
        var verb = from?.Name == to.Name ? "goes on" : turn.State.Assignment is null ? "becomes active" : "takes over";
        var sentence = $"{why}; {to.Name} {verb} as epoch {epoch}{Credentials(to)}";
        var intent = $"{why}; {to.Name} {verb} when the store has confirmed it";
        var proposal = new Assignment
        {
            Cluster = turn.State.Config.Name,
            Epoch = epoch,
            Active = to.Name,
            Phase = AssignmentPhase.Proposed,
            Planned = planned,
            Members = turn.State.Member?.Stored?.Members ?? [],
            Reason = sentence,
            At = turn.Now.Wall,
        };
        turn.State = turn.State with
        {
            Phase = ConductorPhase.Proposing,
            HighestEpoch = epoch,
            Change = new Change
            {
                Proposal = proposal,
                Intent = intent,
                From = turn.State.Assignment?.Active,
                FirstSign = from?.FirstSign ?? turn.Now.Instant,
                Verdict = turn.Now.Instant,
                ForSlowness = forSlowness,
            },
            Reason = turn.State.Topic == Topic.Unconfirmed ? turn.State.Reason : intent,
        };
        turn.Effects.Add(new ConductorEffect.WriteAssignment(proposal));
    }

    /// <summary>The coordinator of a stored assignment answers: go on with it (I9).</summary>
    public static void Resume(Turn turn, HealthState active)
    {
        var assignment = turn.State.Assignment!;
        var unfinished = assignment.Phase == AssignmentPhase.Proposed;
        assignment = assignment with { Phase = AssignmentPhase.Active };
        turn.State = turn.State with { Assignment = assignment, ActivatedAt = turn.Now.Instant };
        Adopt(turn, active);
        if (turn.State.Leads)
            turn.Announce(EventKinds.Resumed, active.Name, assignment.Epoch, $"{active.Name} goes on as the active coordinator of epoch {assignment.Epoch}");
        turn.State = turn.State with { Reason = assignment.Reason };
        turn.Open();
        if (unfinished)
            turn.Effects.Add(new ConductorEffect.WriteAssignment(assignment));
    }

    public static void WasRead(Turn turn, Assignment? stored)
    {
        turn.State = turn.State with { HighestEpoch = Math.Max(turn.State.HighestEpoch, stored?.Epoch ?? 0) };
        if (turn.State.Phase == ConductorPhase.Loading)
            turn.State = turn.State with { Phase = ConductorPhase.Steady, Assignment = stored };
        else if (turn.State.Phase != ConductorPhase.Proposing)
            return;
        else if (stored == turn.State.Change!.Proposal)
            WasConfirmed(turn, stored);
        else
            turn.State = turn.State with { Phase = ConductorPhase.Steady, Change = null };
    }

    public static void WasConfirmed(Turn turn, Assignment written)
    {
        if (turn.State.Phase != ConductorPhase.Proposing || turn.State.Change is not { } change || change.Proposal != written)
            return;
        if (!Stands(turn))
            return;
        turn.State = turn.State with { Phase = ConductorPhase.Closing };
        if (turn.State.Member is not null)
            Gatherings.Begin(turn, written);
        turn.Close(softly: change.From == written.Active && written.Planned);
        Complete(turn);
    }

    public static void WasNotConfirmed(Turn turn, Assignment attempted, string detail)
    {
        if (turn.State.Phase != ConductorPhase.Proposing || turn.State.Change?.Proposal != attempted)
            return;
        turn.Because($"{turn.State.Change.Intent}, and it does not: {detail}", Topic.Unconfirmed);
        turn.Effects.Add(new ConductorEffect.ReadAssignment());
    }

    /// <summary>Activates what was proposed once nobody sends under an older epoch.</summary>
    public static void Complete(Turn turn)
    {
        if (turn.State is not { Phase: ConductorPhase.Closing, Gate: GatePosition.Closed, Change: { } change }
            || turn.State.Member is not null && !Gatherings.IsComplete(turn, change.Proposal)
            || !Stands(turn))
            return;
        var state = turn.State;
        var assignment = change.Proposal with { Phase = AssignmentPhase.Active, Members = Gatherings.Names(state) };
        var timing = change.From is null || assignment.Planned ? null : change.TimingAt(turn.Now.Instant);
        turn.State = state with
        {
            LastFailover = timing ?? state.LastFailover,
            Slowness = change.ForSlowness ? state.Slowness.Switched(turn.Now.Instant, state.Config.Health.MinGap) : state.Slowness,
        };
        var deposition = TakeUp(turn, assignment);
        turn.Announce(Kind(state, change), assignment.Active, assignment.Epoch, assignment.Reason);
        if (state.Member is not null)
            Tenure.Agreed(turn);
        turn.Open();
        if (state.Member is not null)
            turn.Effects.Add(new ConductorEffect.Tell(assignment, Stored: false));
        turn.Effects.Add(new ConductorEffect.WriteAssignment(assignment));
        if (deposition is not null)
        {
            turn.Effects.Add(new ConductorEffect.CleanUp(deposition));
            Fences.Begin(turn, deposition);
        }
        if (timing is not null)
            turn.Effects.Add(new ConductorEffect.Timed(timing));
    }

    /// <summary>From now on this member is under it; the gate is another matter.</summary>
    /// <returns>Who lost the role by a loss.</returns>
    public static Deposition? TakeUp(Turn turn, Assignment assignment)
    {
        var before = turn.State;
        var deposition = !assignment.Planned && before is { Assignment: { } last, ActiveGeneration: { } generation }
            ? new Deposition(last.Active, generation, before.ActiveIncarnation, turn.Now.Wall, assignment.Epoch)
            : null;
        turn.State = Leaving.Forgotten(before with
        {
            Phase = ConductorPhase.Steady,
            Assignment = assignment,
            Change = null,
            Unsettled = false,
            ActivatedAt = turn.Now.Instant,
            ActiveGeneration = null,
            ActiveIncarnation = null,
            Reason = assignment.Reason,
            Deposed = (deposition is null ? before.Deposed : before.Deposed.SetItem(deposition.Coordinator, deposition)).Remove(assignment.Active),
        });
        // whoever decided it: what this member began as the conductor is at an end, too
        if (before.Assignment?.Active != assignment.Active)
            turn.Effects.Add(new ConductorEffect.StopCleanUp(assignment.Active));
        if (turn.State.Health.GetValueOrDefault(assignment.Active) is { Condition: Condition.Healthy } active)
            Adopt(turn, active);
        return deposition;
    }

    private static string Kind(ConductorState before, Change change) => change switch
    {
        { Proposal.Planned: true } when change.From == change.Proposal.Active => EventKinds.Renewed,
        { Proposal.Planned: true } => EventKinds.Moved,
        _ when before.Assignment is null => EventKinds.Chosen,
        _ => EventKinds.Failover,
    };

    /// <summary>Looks again: is the one that was chosen still ready? If not, the choice is made anew, under a later epoch.</summary>
    private static bool Stands(Turn turn)
    {
        var (chosen, epoch) = (turn.State.Change!.Proposal.Active, turn.State.Change.Proposal.Epoch);
        if (epoch == turn.State.HighestEpoch && turn.State.Health.GetValueOrDefault(chosen) is { } target && Candidates.Objection(turn.State, target) is null)
            return true;
        // the epoch is stored, and sends may have ended for it: what was in force before does not simply go on
        turn.State = turn.State with { Phase = ConductorPhase.Steady, Change = null, Unsettled = true };
        return false;
    }

    /// <summary>Why this member may change nothing now (R1.4, R1.6), or null.</summary>
    public static string? Objection(Membership member, Instant now) => member switch
    {
        _ when !member.HasSession(now) => "this member's session with the store is over, so that it decides nothing",
        _ when member.HasPromised(now) => "it has promised to stay with what is in force while another member does not reach the store, and decides nothing until that is over",
        _ when member.MayHavePromised(now) => "it may have promised to stay with what is in force before it was restarted, and decides nothing until that is over",
        _ => null,
    };

    private static void Adopt(Turn turn, HealthState active) => turn.State = turn.State with
    {
        ActiveGeneration = active.Generation,
        ActiveIncarnation = active.Incarnation,
        Reference = active.Info,
    };

    private static string Credentials(HealthState to)
    {
        var canary = to.LastCanary is { } last ? last.Succeeded ? $"last canary {last.Took.TotalSeconds:0.0#} s" : "last canary failed" : "no canary yet";
        return to.WorkersSeen is { } workers ? $" ({workers} {(workers == 1 ? "worker" : "workers")}, {canary})" : $" ({canary})";
    }
}
