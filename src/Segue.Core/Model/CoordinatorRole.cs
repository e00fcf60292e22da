namespace Segue.Core.Model;

/// <summary>What a coordinator is to its cluster at this moment.</summary>
public enum CoordinatorRole
{
    /// <summary>Not reachable, starting, or unfit; it may become a standby.</summary>
    Down,

    /// <summary>Healthy and ready to take over.</summary>
    Standby,

    /// <summary>Gets every new statement.</summary>
    Active,

    /// <summary>Was moved away from on purpose; its running statements go on there.</summary>
    Draining,

    /// <summary>Deposed while it may still be alive; not eligible until it is known to be clean (R8).</summary>
    Fenced,
}
