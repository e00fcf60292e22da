using System.Collections.Immutable;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Hooks;

/// <summary>Turns what the conductor's state has become into what hooks are told.</summary>
public static class RoleChanges
{
    /// <summary>
    /// Call it behind every change of the state and at every tick. Who begins to conduct tells all that stands: whoever was to tell it before may have
    /// been killed. Who does not conduct tells nothing of coordinators.
    /// </summary>
    public static (RoleMemory Memory, ImmutableArray<HookEvent> Told) Step(RoleMemory memory, ConductorState state, TimeSpan heldAfter, Instant now)
    {
        if (!state.Leads)
        {
            // also at a start: the process before may have been killed while it conducted
            return memory.Conducts ?? AnotherConducts(state) ? (new RoleMemory { Conducts = false }, Stopped(state)) : (memory, []);
        }
        var told = ImmutableArray<HookEvent>.Empty;
        if (memory.Conducts is not true)
        {
            memory = new RoleMemory { Conducts = true };
            told = [OfConductor(state, HookKind.ConductorGained, "this member takes the decisions from now on")];
        }
        if ((Lost(state) ?? Promoted(state)) is { } word && word != memory.Coordinator)
        {
            memory = memory with { Coordinator = word };
            told = told.Add(OfCoordinator(state, word.Kind, word.Coordinator));
        }
        if (state.OpenTo is { } open)
        {
            if (memory.HeldTold)
                told = told.Add(OfCoordinator(state, HookKind.Released, open));
            if (memory.HeldSince is not null)
                memory = memory with { HeldSince = null, HeldTold = false };
        }
        else if (memory.HeldSince is not { } since)
            memory = memory with { HeldSince = now };
        else if (!memory.HeldTold && now - since >= heldAfter)
        {
            memory = memory with { HeldTold = true };
            told = told.Add(OfCoordinator(state, HookKind.Held, state.Assignment?.Active ?? ""));
        }
        return (memory, told);
    }

    /// <summary>What is told when the control loop ends.</summary>
    public static ImmutableArray<HookEvent> End(RoleMemory memory, ConductorState state) => memory.Conducts is true ? Stopped(state) : [];

    private static ImmutableArray<HookEvent> Stopped(ConductorState state) =>
        [OfConductor(state, HookKind.ConductorLost, "this member does not take the decisions any more")];

    private static bool AnotherConducts(ConductorState state) => state.Member is { Conductor: { } conductor } member && conductor != member.Me.Id;

    /// <summary>The coordinator that was given up: it is being replaced because of a loss, or nobody can replace it.</summary>
    private static (HookKind Kind, string Coordinator)? Lost(ConductorState state) =>
        state.Assignment is { } assignment
        && (state.Change is { Proposal.Planned: false } || state is { Phase: ConductorPhase.Steady, Topic: Topic.Nobody })
            ? (HookKind.CoordinatorLost, assignment.Active)
            : null;

    private static (HookKind Kind, string Coordinator)? Promoted(ConductorState state) =>
        state.OpenTo is { } open ? (HookKind.CoordinatorPromoted, open) : null;

    private static HookEvent OfConductor(ConductorState state, HookKind kind, string reason) =>
        new(kind, state.Config.Name, "", "", state.Assignment?.Epoch ?? 0, reason);

    private static HookEvent OfCoordinator(ConductorState state, HookKind kind, string coordinator) =>
        new(kind, state.Config.Name, coordinator, state.Config.UrlOf(coordinator), state.Assignment?.Epoch ?? 0, state.Reason);
}
