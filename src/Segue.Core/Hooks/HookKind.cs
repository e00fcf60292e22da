namespace Segue.Core.Hooks;

/// <summary>What operators' commands are told; docs/hooks.md.</summary>
public enum HookKind
{
    /// <summary>This member takes the decisions from now on.</summary>
    ConductorGained,

    /// <summary>This member takes them no longer.</summary>
    ConductorLost,

    /// <summary>A coordinator has the active role and is open to statements.</summary>
    CoordinatorPromoted,

    /// <summary>The active coordinator was given up.</summary>
    CoordinatorLost,

    /// <summary>New statements have been held for a while.</summary>
    Held,

    /// <summary>What was told by <see cref="Held"/> is over.</summary>
    Released,
}
