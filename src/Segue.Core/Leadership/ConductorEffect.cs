using Segue.Core.Failover;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>What the conductor asks of the shell, to be done in order.</summary>
public abstract record ConductorEffect
{
    private ConductorEffect()
    {
    }

    public sealed record ReadAssignment : ConductorEffect;

    /// <summary>Compare-and-set on the version that was read or written last (I4).</summary>
    public sealed record WriteAssignment(Assignment Assignment) : ConductorEffect;

    /// <summary>Behind the decisions: who is active, for the Segue that comes after this one.</summary>
    public sealed record KeepProcess(ActiveProcess Process) : ConductorEffect;

    /// <summary>Break off what is being sent under this epoch, and tell when nothing is (R1.3).</summary>
    public sealed record CloseEpoch(long Epoch) : ConductorEffect;

    public sealed record OpenEpoch(long Epoch, string Coordinator) : ConductorEffect;

    public sealed record CleanUp(Deposition Deposition) : ConductorEffect;

    /// <summary>Run the operator's command, once for this coordinator, incarnation and epoch (R8.2).</summary>
    public sealed record Fence(Deposition Deposition) : ConductorEffect;

    /// <summary>It was chosen again: what runs there is no longer old (R8.1).</summary>
    public sealed record StopCleanUp(string Coordinator) : ConductorEffect;

    /// <summary>A decision, for the log and the history.</summary>
    /// <param name="Kind">One of <see cref="EventKinds"/>.</param>
    public sealed record Announce(string Kind, string? Coordinator, long? Epoch, string Sentence) : ConductorEffect;

    public sealed record Timed(FailoverTiming Timing) : ConductorEffect;
}
