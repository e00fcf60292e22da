namespace Segue.Core.Configuration;

/// <summary>Programs of the operator's that are run at changes of roles; docs/hooks.md.</summary>
public sealed record HooksConfig
{
    public CommandConfig ConductorGained { get; init; } = new();

    public CommandConfig ConductorLost { get; init; } = new();

    public CommandConfig CoordinatorPromoted { get; init; } = new();

    public CommandConfig CoordinatorLost { get; init; } = new();

    /// <summary>For both, statements held and released.</summary>
    public CommandConfig Held { get; init; } = new();

    /// <summary>How long new statements must have been held before that is told.</summary>
    public TimeSpan HeldAfter { get; init; } = TimeSpan.FromSeconds(10);
}
