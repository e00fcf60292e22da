namespace Segue.Core.Hooks;

/// <summary>One thing to tell an operator's command.</summary>
/// <param name="Coordinator">Empty for what concerns none, or where there is none.</param>
/// <param name="Url">The coordinator's scheme, host and port; empty for one that is not configured.</param>
/// <param name="Epoch">The epoch that it concerns; 0 where none is known.</param>
/// <param name="Reason">One sentence.</param>
public sealed record HookEvent(HookKind Kind, string Cluster, string Coordinator, string Url, long Epoch, string Reason)
{
    /// <summary>As the command gets it.</summary>
    public string Name => Kind switch
    {
        HookKind.ConductorGained => "conductor_gained",
        HookKind.ConductorLost => "conductor_lost",
        HookKind.CoordinatorPromoted => "coordinator_promoted",
        HookKind.CoordinatorLost => "coordinator_lost",
        HookKind.Held => "held",
        HookKind.Released => "released",
        _ => throw new InvalidOperationException($"no such hook: {Kind}"),
    };

    /// <summary>Where it waits for those before it.</summary>
    public HookLine Line => Kind switch
    {
        HookKind.ConductorGained or HookKind.ConductorLost => HookLine.Conductor,
        HookKind.CoordinatorPromoted or HookKind.CoordinatorLost => HookLine.Coordinator,
        HookKind.Held or HookKind.Released => HookLine.Hold,
        _ => throw new InvalidOperationException($"no such hook: {Kind}"),
    };
}

/// <summary>Hooks of one line run one after the other, those of different ones beside each other.</summary>
public enum HookLine
{
    Conductor,
    Coordinator,
    Hold,
}
