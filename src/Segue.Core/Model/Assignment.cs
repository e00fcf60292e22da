namespace Segue.Core.Model;

/// <summary>How far an assignment has come (R1.2).</summary>
public enum AssignmentPhase
{
    /// <summary>Written; whoever reads it holds new statements.</summary>
    Proposed,

    /// <summary>Every member has acked; new statements go to the active coordinator.</summary>
    Active,
}

/// <summary>Who is active, since when and why (R1.1). The epoch only grows.</summary>
public sealed record Assignment
{
    public required string Cluster { get; init; }

    public required long Epoch { get; init; }

    /// <summary>The name of the active coordinator (<see cref="Configuration.CoordinatorConfig.Name"/>).</summary>
    public required string Active { get; init; }

    public required AssignmentPhase Phase { get; init; }

    /// <summary>The decision's sentence, the same that goes to the log, the history and the status.</summary>
    public required string Reason { get; init; }

    public required DateTimeOffset At { get; init; }
}
