using System.Collections.Immutable;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>When the operator's fence command is run, and what its end means (R8.2).</summary>
internal static class Fences
{
    /// <summary>The incarnation whose end the command is to prove, now or once another coordinator is active.</summary>
    public static Incarnation? Awaited(ConductorState state, HealthState health)
    {
        if (state.Fences.TryGetValue(health.Name, out var mark) && mark.Runs)
            return mark.Incarnation;
        var next = health.Name == state.Inherited?.Coordinator ? state.Inherited.Incarnation
            : health.Name == state.Assignment?.Active ? state.ActiveIncarnation : null;
        return state.Config.Fence.Command.IsEmpty || mark.Incarnation == next ? null : next;
    }

    /// <summary>Asks for the command, and takes its coordinator out of the choice before that can have begun.</summary>
    public static void Begin(Turn turn, Deposition deposition)
    {
        // a new process stands at the address already: what is left of the old one is not there
        if (turn.State.Config.Fence.Command.IsEmpty || deposition.Incarnation is not { } incarnation
            || turn.State.Health.GetValueOrDefault(deposition.Coordinator) is not { } there || !deposition.MayBe(there.Generation, there.Incarnation))
            return;
        // begun by the process before, and not known to have ended: another one would not tell when that may be forgotten
        if (turn.State.Fences.TryGetValue(deposition.Coordinator, out var mark) && mark.Incarnation == incarnation)
            return;
        turn.State = turn.State with
        {
            Fences = turn.State.Fences.SetItem(deposition.Coordinator, new FenceMark(incarnation, deposition.Generation, Runs: true)),
        };
        turn.Effects.Add(new ConductorEffect.Fence(deposition));
    }

    public static void Ended(Turn turn, string coordinator, Incarnation incarnation, FenceEnd end, string why)
    {
        if (turn.State.Fences.TryGetValue(coordinator, out var mark) && mark.Incarnation == incarnation)
            turn.State = turn.State with
            {
                Fences = end == FenceEnd.Unknown
                    ? turn.State.Fences.SetItem(coordinator, mark with { Runs = false })
                    : turn.State.Fences.Remove(coordinator),
            };
        turn.Say(end == FenceEnd.Succeeded ? EventKinds.Fenced : EventKinds.FenceFailed, coordinator, why);
    }

    /// <summary>What was begun by the process before: its end was not seen, so that it may still come.</summary>
    public static void WereRead(Turn turn, ImmutableArray<(string Coordinator, Incarnation Incarnation)> unfinished)
    {
        if (turn.State.Config.Fence.Command.IsEmpty)
            return;
        foreach (var (coordinator, incarnation) in unfinished)
        {
            turn.State = turn.State with { Fences = turn.State.Fences.SetItem(coordinator, new FenceMark(incarnation, 0, Runs: false)) };
            turn.Say(EventKinds.FenceFailed, coordinator,
                $"the fence command for {coordinator} ({incarnation}) was begun before Segue was started, and its end is not known; the coordinator cannot become active until it is restarted");
        }
    }
}
