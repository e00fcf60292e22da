using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>The order of a change: propose, see it confirmed, look again, end the old epoch, activate (R1.2).</summary>
internal static class Changes
{
    public static void Propose(Turn turn, HealthState? from, HealthState to, string why, bool forSlowness = false, bool planned = false)
    {
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
                Planned = planned,
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
        turn.Announce(EventKinds.Resumed, active.Name, assignment.Epoch, $"{active.Name} goes on as the active coordinator of epoch {assignment.Epoch}");
        turn.State = turn.State with { Reason = assignment.Reason };
        turn.Effects.Add(new ConductorEffect.OpenEpoch(assignment.Epoch, active.Name));
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
        if (Stands(turn))
        {
            turn.State = turn.State with { Phase = ConductorPhase.Closing };
            turn.Effects.Add(new ConductorEffect.CloseEpoch(turn.State.Assignment?.Epoch ?? 0));
        }
    }

    public static void WasNotConfirmed(Turn turn, Assignment attempted, string detail)
    {
        if (turn.State.Phase != ConductorPhase.Proposing || turn.State.Change?.Proposal != attempted)
            return;
        turn.Because($"{turn.State.Change.Intent}, and it does not: {detail}", Topic.Unconfirmed);
        turn.Effects.Add(new ConductorEffect.ReadAssignment());
    }

    public static void WasClosed(Turn turn, long epoch)
    {
        if (turn.State.Phase != ConductorPhase.Closing || epoch != (turn.State.Assignment?.Epoch ?? 0) || !Stands(turn))
            return;
        var state = turn.State;
        var change = state.Change!;
        var target = state.Health[change.Proposal.Active];
        var assignment = change.Proposal with { Phase = AssignmentPhase.Active };
        var deposition = Deposed(state, change, turn.Now);
        var timing = change.From is null || change.Planned ? null : change.TimingAt(turn.Now.Instant);
        turn.State = Leaving.Forgotten(state with
        {
            Phase = ConductorPhase.Steady,
            Assignment = assignment,
            Change = null,
            ActivatedAt = turn.Now.Instant,
            LastFailover = timing ?? state.LastFailover,
            Slowness = change.ForSlowness ? state.Slowness.Switched(turn.Now.Instant, state.Config.Health.MinGap) : state.Slowness,
            Deposed = (deposition is null ? state.Deposed : state.Deposed.SetItem(deposition.Coordinator, deposition)).Remove(target.Name),
        });
        Adopt(turn, target);
        turn.Announce(Kind(state, change), target.Name, assignment.Epoch, assignment.Reason);
        if (state.Deposed.ContainsKey(target.Name))
            turn.Effects.Add(new ConductorEffect.StopCleanUp(target.Name));
        turn.Effects.Add(new ConductorEffect.OpenEpoch(assignment.Epoch, target.Name));
        turn.Effects.Add(new ConductorEffect.WriteAssignment(assignment));
        if (deposition is not null)
        {
            turn.Effects.Add(new ConductorEffect.CleanUp(deposition));
            Fences.Begin(turn, deposition);
        }
        if (timing is not null)
            turn.Effects.Add(new ConductorEffect.Timed(timing));
    }

    private static string Kind(ConductorState before, Change change) => change switch
    {
        { Planned: true } => EventKinds.Moved,
        _ when before.Assignment is null => EventKinds.Chosen,
        _ => EventKinds.Failover,
    };

    /// <summary>Looks again: is the one that was chosen still ready? If not, the choice is made anew, under a later epoch.</summary>
    private static bool Stands(Turn turn)
    {
        var chosen = turn.State.Change!.Proposal.Active;
        if (turn.State.Health.GetValueOrDefault(chosen) is { } target && Candidates.Objection(turn.State, target) is null)
            return true;
        turn.State = turn.State with { Phase = ConductorPhase.Steady, Change = null };
        return false;
    }

    private static void Adopt(Turn turn, HealthState active) => turn.State = turn.State with
    {
        ActiveGeneration = active.Generation,
        ActiveIncarnation = active.Incarnation,
        Reference = active.Info,
    };

    private static Deposition? Deposed(ConductorState state, Change change, Moment now) =>
        change is { From: { } from, Planned: false } && state.ActiveGeneration is { } generation
            ? new Deposition(from, generation, state.ActiveIncarnation, now.Wall, change.Proposal.Epoch)
            : null;

    private static string Credentials(HealthState to)
    {
        var canary = to.LastCanary is { } last ? last.Succeeded ? $"last canary {last.Took.TotalSeconds:0.0#} s" : "last canary failed" : "no canary yet";
        return to.WorkersSeen is { } workers ? $" ({workers} {(workers == 1 ? "worker" : "workers")}, {canary})" : $" ({canary})";
    }
}
