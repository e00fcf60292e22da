using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>
/// What a Segue before this one knew of the active process, so that one that died together with it is ended and fenced as any other (R8). No
/// restart proves its end: its death was not seen (R5).
/// </summary>
internal static class Inheritance
{
    /// <summary>Behind each step: has it shown by now what became of that process? Then the store is told of the present one.</summary>
    /// <param name="before">The state that the step began with.</param>
    public static void Follow(Turn turn, ConductorState before)
    {
        var known = ProcessOf(before);
        if (!turn.State.Leads)
        {
            // the conductor sees to it; what is later than that is known here, too
            if (turn.State.Assignment?.Epoch > turn.State.Inherited?.Epoch)
                turn.State = turn.State with { Inherited = null };
            return;
        }
        if (turn.State.Inherited is { } inherited)
        {
            if (!IsSettled(turn, inherited))
                return;
            turn.State = turn.State with { Inherited = null };
            known = inherited;
        }
        if (ProcessOf(turn.State) is { } now && now != known)
            turn.Effects.Add(new ConductorEffect.KeepProcess(now));
    }

    /// <summary>What the conductor before had begun against a process that is still there goes on: its queries are ended, and the fence command is run where it was not.</summary>
    public static void GoOn(Turn turn)
    {
        foreach (var (name, deposition) in turn.State.Deposed.OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            turn.Effects.Add(new ConductorEffect.CleanUp(deposition));
            var begun = turn.State.Fences.TryGetValue(name, out var mark) && mark.Incarnation == deposition.Incarnation
                || turn.State.Health.GetValueOrDefault(name)?.Proof.Departures.Any(gone => gone.Incarnation == deposition.Incarnation) == true;
            if (!begun)
                Fences.Begin(turn, deposition);
        }
    }

    private static ActiveProcess? ProcessOf(ConductorState state) =>
        state is { Assignment: { } assignment, ActiveGeneration: not null, ActiveIncarnation: { } incarnation }
            ? new ActiveProcess(assignment.Active, assignment.Epoch, incarnation)
            : null;

    private static bool IsSettled(Turn turn, ActiveProcess inherited)
    {
        // before somebody is active what it left has no other to make room for, and nobody may be fenced
        if (turn.State is not { Phase: ConductorPhase.Steady, Assignment: { } assignment, ActiveGeneration: not null })
            return false;
        // taken out of the configuration: what runs there goes on until it stops
        if (!turn.State.Health.TryGetValue(inherited.Coordinator, out var health) || inherited.Epoch > assignment.Epoch)
            return true;
        var left = new Deposition(health.Name, health.Generation, inherited.Incarnation, turn.Now.Wall, assignment.Epoch);
        if (!left.MayBe(health.Generation, health.Incarnation))
        {
            turn.Effects.Add(new ConductorEffect.CleanUp(left));
            return true;
        }
        // it was moved away from on purpose: what runs there goes on until it stops
        if (health.Name != assignment.Active && assignment.Planned)
            return true;
        // it lives: what becomes of it is seen
        if (health.Name == assignment.Active || health.Condition != Condition.Lost)
            return health.Incarnation is not null;
        turn.State = turn.State with { Deposed = turn.State.Deposed.SetItem(left.Coordinator, left) };
        turn.Effects.Add(new ConductorEffect.CleanUp(left));
        Fences.Begin(turn, left);
        return true;
    }
}
