using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Failover;
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

    /// <summary>Fence commands of an earlier process of this member that were begun and never seen to end.</summary>
    public sealed record FencesRead(ImmutableArray<(string Coordinator, Incarnation Incarnation)> Unfinished) : ConductorInput;

    /// <summary>Who was active by the word of the Segue before this one; told before the stored assignment is.</summary>
    public sealed record ProcessRead(ActiveProcess? Process) : ConductorInput;

    /// <param name="Why">One sentence.</param>
    public sealed record FenceEnded(string Coordinator, Incarnation Incarnation, FenceEnd End, string Why) : ConductorInput;

    public sealed record Configured(ClusterConfig Config) : ConductorInput;
}
