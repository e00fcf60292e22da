using System.Globalization;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Model;
using Segue.Server.Commands;

namespace Segue.Server.ControlLoop;

/// <summary>One run of the operator's fence command, and what its end means.</summary>
internal sealed class FenceCommand(ClusterConfig config, ILogger logger, TimeProvider time)
{
    /// <summary>Throws only for <paramref name="stop"/>, and then leaves the command alone.</summary>
    public async Task<(FenceEnd End, string Why)> RunAsync(Deposition deposition, Incarnation incarnation, CancellationToken stop)
    {
        var epoch = deposition.Epoch.ToString(CultureInfo.InvariantCulture);
        var command = new OperatorCommand(config.Fence, line => logger.FenceSaid(config.Name, line), time);
        var (outcome, detail) = await command.RunAsync(
            [deposition.Coordinator, incarnation.Value, epoch],
            new Dictionary<string, string>
            {
                ["SEGUE_CLUSTER"] = config.Name,
                ["SEGUE_COORDINATOR"] = deposition.Coordinator,
                ["SEGUE_COORDINATOR_URL"] = config.UrlOf(deposition.Coordinator),
                ["SEGUE_INCARNATION"] = incarnation.Value,
                ["SEGUE_EPOCH"] = epoch,
            },
            stop);
        return outcome switch
        {
            CommandOutcome.Succeeded => (FenceEnd.Succeeded, $"{detail}: that process has ended"),
            CommandOutcome.Failed => (FenceEnd.Failed, $"{detail}; nothing is proven by it"),
            CommandOutcome.NotRun => (FenceEnd.Failed, detail),
            CommandOutcome.TimedOut => (FenceEnd.Unknown, $"{detail}; what it did is not known, and the coordinator cannot become active until it is restarted"),
            _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
        };
    }
}
