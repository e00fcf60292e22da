using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>Who is active: keeps the active coordinator while it is healthy (I9), replaces it when it is lost.</summary>
public static class Conductor
{
    /// <summary>Whether standbys have workers before their promotion: in isolated and forward mode they have none.</summary>
    public static bool WorkersExpected(ConductorState state) =>
        state.Config.Discovery is { Mode: not DiscoveryMode.Forward, Standby: StandbyMode.Warm };

    public static ConductorStep Step(ConductorState state, ConductorInput input, Moment now)
    {
        var turn = new Turn(state, now);
        switch (input)
        {
            case ConductorInput.Observed(var health):
                turn.State = Noticed(state, health);
                foreach (var one in turn.State.Health.Values.OrderBy(static one => one.Name, StringComparer.Ordinal))
                {
                    if (Candidates.Twins(turn.State, one) is { } twins && Candidates.Twins(state, state.Health.GetValueOrDefault(one.Name)) is null)
                        turn.Say(EventKinds.Duplicate, one.Name, twins);
                }
                break;
            case ConductorInput.Answered(var coordinator):
                FirstAnswer(turn, coordinator);
                break;
            case ConductorInput.Read(var stored, var question):
                if (state.Member is null)
                    Changes.WasRead(turn, stored);
                else
                    Following.WasRead(turn, stored, question);
                break;
            case ConductorInput.WriteConfirmed({ Phase: AssignmentPhase.Active } written):
                if (state.Member is { } member)
                {
                    turn.Member = member.Knowing(written);
                    turn.Effects.Add(new ConductorEffect.Tell(written, Stored: true));
                }
                break;
            case ConductorInput.WriteConfirmed(var written):
                Changes.WasConfirmed(turn, written);
                break;
            case ConductorInput.WriteFailed({ Phase: AssignmentPhase.Active } attempted, _):
                // nobody waits for it, and a list that is not stored does not count (R1.6)
                if (state.Member is not null && state is { Leads: true, Change: null } && state.Assignment == attempted)
                    turn.Effects.Add(new ConductorEffect.WriteAssignment(attempted));
                break;
            case ConductorInput.WriteFailed(var attempted, var detail):
                Changes.WasNotConfirmed(turn, attempted, detail);
                break;
            case ConductorInput.EpochClosed(var epoch):
                if (state.Gate == GatePosition.Closing && epoch == (state.Assignment?.Epoch ?? 0))
                    turn.State = state with { Gate = GatePosition.Closed };
                break;
            case ConductorInput.CleanedUp(var coordinator, var generation):
                if (state.Deposed.TryGetValue(coordinator, out var deposition) && deposition.Generation == generation)
                    turn.State = state with { Deposed = state.Deposed.Remove(coordinator) };
                break;
            case ConductorInput.FencesRead(var begun, var question):
                Fences.WereRead(turn, begun);
                if (state.Member is not null)
                    Tenure.FencesRead(turn, question);
                break;
            case ConductorInput.ProcessRead(var process):
                turn.State = state with { Inherited = process };
                break;
            case ConductorInput.FenceEnded(var coordinator, var incarnation, var end, var why):
                Fences.Ended(turn, coordinator, incarnation, end, why);
                break;
            case ConductorInput.Configured(var config):
                Leaving.Reconfigure(turn, config);
                break;
            default:
                MemberInputs.Take(turn, input);
                break;
        }
        if (turn.State.Member is not null)
            Following.Proceed(turn);
        Changes.Complete(turn);
        if (turn.State.Phase is ConductorPhase.Steady or ConductorPhase.Awaiting)
            Consider(turn);
        if (turn.State.Member is not null)
            Tenure.Refresh(turn);
        Inheritance.Follow(turn, state);
        return new ConductorStep(turn.State, turn.Effects.ToImmutable(), turn.State.Reason);
    }

    private static ConductorState Noticed(ConductorState state, HealthState health)
    {
        state = state with { Health = state.Health.SetItem(health.Name, health) };
        if (state.Deposed.TryGetValue(health.Name, out var deposition) && !deposition.MayBe(health.Generation, health.Incarnation))
            state = state with { Deposed = state.Deposed.Remove(health.Name) };
        state = Leaving.Forgotten(state);
        if (state.Assignment?.Active != health.Name || state.ActiveGeneration != health.Generation)
            return state;
        return state with
        {
            ActiveIncarnation = health.Incarnation ?? state.ActiveIncarnation,
            Reference = health.Info ?? state.Reference,
        };
    }

    private static void FirstAnswer(Turn turn, string coordinator)
    {
        if (turn.State.OpenTo != coordinator || turn.State.LastFailover is not { FirstAnswer: null } timing)
            return;
        timing = timing with { FirstAnswer = turn.Now.Instant - turn.State.ActivatedAt };
        turn.State = turn.State with { LastFailover = timing };
        turn.Effects.Add(new ConductorEffect.Timed(timing));
    }

    private static void Consider(Turn turn)
    {
        var state = turn.State;
        if (!state.Leads)
        {
            Following.Consider(turn);
            return;
        }
        if (state.Assignment is not { } assignment)
        {
            ConsiderVacant(turn);
            return;
        }
        if (!state.IsConfigured(assignment.Active))
        {
            Leaving.Consider(turn, assignment);
            return;
        }
        var active = state.Health.GetValueOrDefault(assignment.Active);
        if (state.ActiveGeneration is null && active is { Condition: Condition.Healthy })
        {
            Changes.Resume(turn, active);
            return;
        }
        if (active is { AwaitsJudgement: true, Condition: not Condition.Lost } && (state.ActiveGeneration ?? active.Generation) == active.Generation)
        {
            turn.Quietly($"{active.Sentence}; it was active before and goes on if nothing speaks against it");
            return;
        }
        var same = state.ActiveGeneration is null || active?.Generation == state.ActiveGeneration;
        switch (active?.Condition)
        {
            case Condition.Healthy when same && state.Unsettled:
                Settle(turn, assignment, active);
                break;
            case Condition.Healthy when same:
                Release(turn, assignment);
                if (state.Member is { DiffersSince: { } since } member && turn.Now.Instant - since >= member.Times.Settle)
                    Changes.Propose(turn, active, active, "the members are others", planned: true);
                break;
            case Condition.Unknown when same:
                turn.Quietly($"{active.Sentence}; new statements are held until it answers or is given up");
                break;
            case Condition.Suspect when same:
                turn.Because($"{active.Sentence}; new statements are held until it answers or is given up", Topic.Silent);
                break;
            default:
                Replace(turn, assignment.Active, active);
                break;
        }
    }

    private static void Release(Turn turn, Assignment assignment)
    {
        if (turn.State.Reason == assignment.Reason)
            return;
        if (turn.State.Topic is not (Topic.None or Topic.Leaving))
            turn.Announce(EventKinds.Released, assignment.Active, assignment.Epoch, $"{assignment.Active} answers again; statements go on");
        turn.State = turn.State with { Reason = assignment.Reason, Topic = Topic.None };
    }

    /// <summary>A change was begun and not completed: the same coordinator goes on, under a later epoch, where it still can.</summary>
    private static void Settle(Turn turn, Assignment assignment, HealthState active)
    {
        if (Candidates.Objection(turn.State, active) is null)
            Changes.Propose(turn, active, active, "a change was begun and not completed", planned: true);
        else
            Replace(turn, assignment.Active, active);
    }

    private static void ConsiderVacant(Turn turn)
    {
        // whom a conductor before had chosen is kept: statements may run there (I9)
        var kept = turn.State.Member?.Latest is { } latest && turn.State.Health.GetValueOrDefault(latest.Active) is { } chosen && Candidates.Objection(turn.State, chosen) is null
            ? chosen
            : null;
        if (Candidates.WereAsked(turn.State) && (kept ?? Candidates.Best(turn.State, null)) is { } best)
            Changes.Propose(turn, null, best, "no coordinator was active");
        else
            Hold(turn, $"no coordinator is ready: {Candidates.Objections(turn.State, null)}");
    }

    private static void Replace(Turn turn, string name, HealthState? lost)
    {
        var why = lost?.Sentence ?? $"{name} was not asked yet";
        if (lost is { Condition: Condition.Lost } && Words.ReachedBy(turn.State, lost, turn.Now.Instant) is { } other)
        {
            turn.Because($"{why}; member {other} reaches it, so that it stays active, and new statements are held here", Topic.OnlyHere);
            return;
        }
        if (lost is { Condition: Condition.Lost } && Words.AreWanted(turn, lost))
        {
            turn.Quietly($"{why}; what the other members see of it is awaited");
            return;
        }
        var slow = lost is not null && SlownessGap.IsSlowness(lost);
        if (slow && !turn.State.Slowness.Allows(turn.Now.Instant))
        {
            var gap = $"the last switch for slowness is less than {turn.State.Slowness.Gap.TotalSeconds:0} s ago";
            turn.Because($"{why}; {gap}, so it stays active and new statements are held", Topic.TooSoon);
            return;
        }
        var restarted = lost is not null && Candidates.Objection(turn.State, lost) is null ? lost : null;
        if ((Candidates.Best(turn.State, name) ?? restarted) is { } best)
            Changes.Propose(turn, lost, best, why, forSlowness: slow);
        else
            Hold(turn, $"{why}; new statements are held: {Candidates.Objections(turn.State, name)}");
    }

    /// <summary>At a start that is said only once all were asked.</summary>
    internal static void Hold(Turn turn, string reason)
    {
        if (turn.State.ActiveGeneration is null && !Candidates.WereAsked(turn.State))
            turn.Quietly(reason);
        else
            turn.Because(reason, Topic.Nobody);
    }
}
