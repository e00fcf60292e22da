using System.Collections.Immutable;

namespace Segue.Core.Hooks;

/// <summary>What waits of one <see cref="HookLine"/> while a command runs: at most one of each kind, in the order of the last words.</summary>
public sealed record HookBacklog(ImmutableArray<HookEvent> Waiting)
{
    public static HookBacklog Empty { get; } = new([]);

    /// <summary>Adds the newest word.</summary>
    /// <param name="leftOut">What no longer needs to be told: it is repeated, or undone before anybody heard of it.</param>
    public HookBacklog Add(HookEvent told, out ImmutableArray<HookEvent> leftOut)
    {
        leftOut = Waiting.RemoveAll(waiting => !IsMoot(waiting.Kind, told.Kind));
        return new HookBacklog(Waiting.RemoveAll(waiting => IsMoot(waiting.Kind, told.Kind)).Add(told));
    }

    // a loss is told though another coordinator was promoted since: it is news of its own
    private static bool IsMoot(HookKind waiting, HookKind told) => waiting == told || told switch
    {
        HookKind.ConductorGained => waiting == HookKind.ConductorLost,
        HookKind.ConductorLost => waiting == HookKind.ConductorGained,
        HookKind.CoordinatorLost => waiting == HookKind.CoordinatorPromoted,
        HookKind.CoordinatorPromoted => false,
        HookKind.Held => waiting == HookKind.Released,
        HookKind.Released => waiting == HookKind.Held,
        _ => throw new InvalidOperationException($"no such hook: {told}"),
    };
}
