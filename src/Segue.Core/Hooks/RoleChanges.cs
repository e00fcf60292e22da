using System.Collections.Immutable;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Hooks;

/// <summary>What was told last, so that nothing is told twice.</summary>
/// <param name="Coordinator">The last word about the active role.</param>
/// <param name="HeldSince">Since when new statements are held; null while they are not.</param>
/// <param name="HeldTold">That they are held was told, and not yet that they are released.</param>
public sealed record RoleMemory((HookKind Kind, string Coordinator, long Epoch)? Coordinator = null, Instant? HeldSince = null, bool HeldTold = false);

/// <summary>Turns what the conductor's state has become into what hooks are told.</summary>
public static class RoleChanges
{
    /// <summary>
    /// Call it behind every change of the state and at every tick. With an empty memory, which is at a start, all that stands is told: whoever was to
    /// tell it before may have been killed.
    /// </summary>
    public static (RoleMemory Memory, ImmutableArray<HookEvent> Told) Step(RoleMemory memory, ConductorState state, TimeSpan heldAfter, Instant now)
    {
        var told = ImmutableArray<HookEvent>.Empty;
        if ((Lost(state) ?? Promoted(state)) is { } word && word != memory.Coordinator)
        {
            memory = memory with { Coordinator = word };
            told = told.Add(Event(state, word.Kind, word.Coordinator, word.Epoch));
        }
        if (state.OpenTo is { } open)
        {
            if (memory.HeldTold)
                told = told.Add(Event(state, HookKind.Released, open, state.Assignment!.Epoch));
            if (memory.HeldSince is not null)
                memory = memory with { HeldSince = null, HeldTold = false };
        }
        else if (memory.HeldSince is not { } since)
            memory = memory with { HeldSince = now };
        else if (!memory.HeldTold && now - since >= heldAfter)
        {
            memory = memory with { HeldTold = true };
            told = told.Add(Event(state, HookKind.Held, state.Assignment?.Active ?? "", state.Assignment?.Epoch ?? 0));
        }
        return (memory, told);
    }

    /// <summary>The coordinator that was given up: it is being replaced because of a loss, or nobody can replace it.</summary>
    private static (HookKind Kind, string Coordinator, long Epoch)? Lost(ConductorState state) =>
        state.Assignment is { } assignment
        && (state.Change is { Planned: false } || state is { Phase: ConductorPhase.Steady, Topic: Topic.Nobody })
            ? (HookKind.CoordinatorLost, assignment.Active, assignment.Epoch)
            : null;

    private static (HookKind Kind, string Coordinator, long Epoch)? Promoted(ConductorState state) =>
        state.OpenTo is { } open ? (HookKind.CoordinatorPromoted, open, state.Assignment!.Epoch) : null;

    private static HookEvent Event(ConductorState state, HookKind kind, string coordinator, long epoch) =>
        new(kind, state.Config.Name, coordinator, state.Config.UrlOf(coordinator), epoch, state.Reason);
}
