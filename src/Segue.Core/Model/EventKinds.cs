namespace Segue.Core.Model;

/// <summary>Every value of <see cref="ClusterEvent.Kind"/>; docs/operations.md says what to do about each.</summary>
public static class EventKinds
{
    // "Coordinator" and the name of the condition: the control loop says the verdict's own word

    /// <summary>A failure before the first answer; too early for a verdict.</summary>
    public const string CoordinatorUnknown = nameof(CoordinatorUnknown);

    /// <summary>A coordinator answers and can take over; also after a restart, and the sentence says so.</summary>
    public const string CoordinatorHealthy = nameof(CoordinatorHealthy);

    /// <summary>A coordinator answers, but cannot take statements: starting, stopping, not a coordinator, without authentication.</summary>
    public const string CoordinatorUnfit = nameof(CoordinatorUnfit);

    /// <summary>Silent for <c>suspect_after</c>: if it is the active one, new statements are held, nothing else changes.</summary>
    public const string CoordinatorSuspect = nameof(CoordinatorSuspect);

    /// <summary>A coordinator was given up: its end was seen, or it was silent too long.</summary>
    public const string CoordinatorLost = nameof(CoordinatorLost);

    /// <summary>The deployment's first active coordinator was chosen.</summary>
    public const string Chosen = nameof(Chosen);

    /// <summary>Another coordinator, or the same one restarted, takes over under a new epoch.</summary>
    public const string Failover = nameof(Failover);

    /// <summary>Segue was started and goes on with the coordinator that was active before.</summary>
    public const string Resumed = nameof(Resumed);

    /// <summary>New statements are held, or held for another reason than before.</summary>
    public const string Holding = nameof(Holding);

    /// <summary>The active coordinator answers again; held statements go on.</summary>
    public const string Released = nameof(Released);
}
