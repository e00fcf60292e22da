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
        if (state.Config.Fence.Command.IsEmpty)
            return null;
        FenceMark? mark = state.Fences.TryGetValue(health.Name, out var known) ? known : null;
        if (mark is { End: null })
            return known.Incarnation;
        var next = health.Name == state.Inherited?.Coordinator ? state.Inherited.Incarnation
            : health.Name == state.Assignment?.Active ? state.ActiveIncarnation : null;
        if (next is not null)
            return mark is { End: FenceEnd.Unknown } && known.Incarnation == next ? null : next;
        // the conductor is about to run it, and this member is not that one
        return !state.Leads && state.Deposed.GetValueOrDefault(health.Name)?.Incarnation is { } deposed && mark?.Incarnation != deposed ? deposed : null;
    }

    /// <summary>Asks for the command, and takes its coordinator out of the choice before that can have begun.</summary>
    public static void Begin(Turn turn, Deposition deposition)
    {
        // a new process stands at the address already: what is left of the old one is not there
        if (turn.State.Config.Fence.Command.IsEmpty || deposition.Incarnation is not { } incarnation
            || turn.State.Health.GetValueOrDefault(deposition.Coordinator) is not { } there || !deposition.MayBe(there.Generation, there.Incarnation))
            return;
        // begun by the process before, and not known to have ended: another one would not tell when that may be forgotten
        if (turn.State.Fences.TryGetValue(deposition.Coordinator, out var mark) && mark.Incarnation == incarnation && mark.End != FenceEnd.Failed)
            return;
        turn.State = turn.State with { Fences = turn.State.Fences.SetItem(deposition.Coordinator, new FenceMark(incarnation, deposition.Generation)) };
        turn.Effects.Add(new ConductorEffect.Fence(deposition));
    }

    public static void Ended(Turn turn, string coordinator, Incarnation incarnation, FenceEnd end, string why)
    {
        if (turn.State.Fences.TryGetValue(coordinator, out var mark) && mark.Incarnation == incarnation)
            turn.State = turn.State with
            {
                Fences = end == FenceEnd.Succeeded
                    ? turn.State.Fences.Remove(coordinator)
                    : turn.State.Fences.SetItem(coordinator, mark with { End = end }),
            };
        turn.Say(end == FenceEnd.Succeeded ? EventKinds.Fenced : EventKinds.FenceFailed, coordinator, why);
    }

    /// <summary>What others have begun, and nothing else of theirs any more.</summary>
    public static void WereRead(Turn turn, ImmutableArray<BegunFence> begun)
    {
        if (turn.State.Config.Fence.Command.IsEmpty)
            return;
        var over = turn.State.Fences.Where(mark => mark.Value.Elsewhere && !begun.Any(one => one.Coordinator == mark.Key && one.Incarnation == mark.Value.Incarnation));
        turn.State = turn.State with { Fences = turn.State.Fences.RemoveRange(over.Select(static mark => mark.Key)) };
        foreach (var (coordinator, incarnation, end) in begun)
        {
            if (turn.State.Fences.TryGetValue(coordinator, out var known) && known.Incarnation == incarnation && (!known.Elsewhere || known.End == end))
                continue;
            var there = turn.State.Health.GetValueOrDefault(coordinator);
            if (there?.Incarnation is { } now && now != incarnation)
                continue;
            turn.State = turn.State with { Fences = turn.State.Fences.SetItem(coordinator, new FenceMark(incarnation, there?.Generation ?? 0, end, Elsewhere: true)) };
            if (turn.State.Member is null && end == FenceEnd.Unknown)
                turn.Say(EventKinds.FenceFailed, coordinator,
                    $"the fence command for {coordinator} ({incarnation}) was begun before Segue was started, and its end is not known; the coordinator cannot become active until it is restarted");
        }
    }
}
