using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Server.Probing;

namespace Segue.Server.ControlLoop;

/// <summary>What the control loop takes from its queue.</summary>
internal abstract record LoopInput
{
    private LoopInput()
    {
    }

    public sealed record Tick : LoopInput;

    /// <param name="From">The watch that saw it; null for the data path. One of a former configuration counts no more.</param>
    /// <param name="Probe">The number of the probe that ended, if any.</param>
    public sealed record Seen(string Coordinator, Observation Fact, Watch? From, long? Probe) : LoopInput;

    public sealed record Told(ConductorInput Input) : LoopInput;

    public sealed record Confirm(string Coordinator, TaskCompletionSource Done) : LoopInput;

    public sealed record Reload(ClusterConfig Config) : LoopInput;
}
