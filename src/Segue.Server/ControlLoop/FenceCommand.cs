using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Model;

namespace Segue.Server.ControlLoop;

/// <summary>One run of the operator's fence command, without a shell; its output goes to the log.</summary>
internal sealed class FenceCommand(ClusterConfig config, ILogger logger, TimeProvider time)
{
    /// <summary>More lines of output than this are dropped.</summary>
    private const int MostLines = 100;

    private int _lines;

    /// <summary>Throws only for <paramref name="stop"/>, and then leaves the command alone.</summary>
    public async Task<(FenceEnd End, string Why)> RunAsync(Deposition deposition, Incarnation incarnation, CancellationToken stop)
    {
        using var process = new Process { StartInfo = Start(deposition, incarnation) };
        process.OutputDataReceived += (_, line) => Said(line.Data);
        process.ErrorDataReceived += (_, line) => Said(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception failed)
        {
            return (FenceEnd.Failed, $"could not be run: {failed.Message}");
        }
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(config.Fence.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // what it started may hold its output open behind its own end
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                return (FenceEnd.Unknown,
                    $"did not end within {config.Fence.Timeout.TotalSeconds:0.#} s and was killed; what it did is not known, and the coordinator cannot become active until it is restarted");
            }
        }
        return process.ExitCode == 0
            ? (FenceEnd.Succeeded, "succeeded: that process has ended")
            : (FenceEnd.Failed, $"failed with exit code {process.ExitCode}; nothing is proven by it");
    }

    private ProcessStartInfo Start(Deposition deposition, Incarnation incarnation)
    {
        var epoch = deposition.Epoch.ToString(CultureInfo.InvariantCulture);
        var url = config.Coordinators.FirstOrDefault(coordinator => coordinator.Name == deposition.Coordinator)?.Url;
        return new ProcessStartInfo(config.Fence.Command[0], [.. config.Fence.Command[1..], deposition.Coordinator, incarnation.Value, epoch])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["SEGUE_CLUSTER"] = config.Name,
                ["SEGUE_COORDINATOR"] = deposition.Coordinator,
                ["SEGUE_COORDINATOR_URL"] = url is { } known ? $"{known.Scheme}://{known.Host}:{known.Port}" : "",
                ["SEGUE_INCARNATION"] = incarnation.Value,
                ["SEGUE_EPOCH"] = epoch,
            },
        };
    }

    private void Said(string? line)
    {
        if (line is not null && Interlocked.Increment(ref _lines) <= MostLines)
            logger.FenceSaid(config.Name, line);
    }
}
