using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>What the conductor is told.</summary>
public abstract record ConductorInput
{
    private ConductorInput()
    {
    }

    /// <summary>A coordinator's state, after each fact about it.</summary>
    public sealed record Observed(HealthState Health) : ConductorInput;

    /// <summary>The data path got an answer from it.</summary>
    public sealed record Answered(string Coordinator) : ConductorInput;

    /// <summary>The stored assignment, or null where there is none yet.</summary>
    public sealed record Read(Assignment? Stored) : ConductorInput;

    public sealed record WriteConfirmed(Assignment Written) : ConductorInput;

    /// <summary>Refused, or the outcome is unknown: it is read back (R1.2).</summary>
    public sealed record WriteFailed(Assignment Attempted, string Detail) : ConductorInput;

    /// <summary>Every send under the epoch has ended or was broken off (R1.3).</summary>
    public sealed record EpochClosed(long Epoch) : ConductorInput;

    /// <summary>Nothing of the deposed process runs any more.</summary>
    public sealed record CleanedUp(string Coordinator, int Generation) : ConductorInput;

    public sealed record Configured(ClusterConfig Config) : ConductorInput;
}
