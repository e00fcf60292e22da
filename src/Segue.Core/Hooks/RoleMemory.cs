using Segue.Core.Model;

namespace Segue.Core.Hooks;

/// <summary>What hooks were told last, so that nothing is told twice.</summary>
public sealed record RoleMemory
{
    /// <summary>Whether this member conducts; null while nothing was told.</summary>
    public bool? Conducts { get; init; }

    /// <summary>The last word about the active role: of a promotion or a loss.</summary>
    public (HookKind Kind, string Coordinator)? Coordinator { get; init; }

    /// <summary>Since when new statements are held; null while they are not.</summary>
    public Instant? HeldSince { get; init; }

    /// <summary>That they are held was told, and not yet that they are released.</summary>
    public bool HeldTold { get; init; }
}
