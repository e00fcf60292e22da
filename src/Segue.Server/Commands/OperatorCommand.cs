using System.ComponentModel;
using System.Diagnostics;
using Segue.Core.Configuration;
using Segue.Server.Configuration;

namespace Segue.Server.Commands;

/// <summary>One run of a program of the operator's, without a shell and without Segue's secrets.</summary>
/// <param name="said">Gets the lines of its output, some at the same time; bounded in number and length.</param>
internal sealed class OperatorCommand(CommandConfig config, Action<string> said, TimeProvider time)
{
    /// <summary>For the last lines of one that has ended; what it left running may keep its output open for good.</summary>
    private static readonly TimeSpan OutputPatience = TimeSpan.FromSeconds(1);

    private readonly CommandOutput _output = new(said);

    /// <summary>Throws only for <paramref name="stop"/>, and then leaves the program alone.</summary>
    public async Task<CommandEnd> RunAsync(
        IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken stop)
    {
        using var process = new Process { StartInfo = Start(arguments, environment) };
        try
        {
            process.Start();
        }
        catch (Win32Exception failed)
        {
            return new(CommandOutcome.NotRun, $"could not be run: {failed.Message}");
        }
        process.StandardInput.Close();
        using var read = new CancellationTokenSource();
        var reading = Task.WhenAll(_output.ReadAsync(process.StandardOutput, read.Token), _output.ReadAsync(process.StandardError, read.Token));
        try
        {
            return await EndAsync(process, stop);
        }
        finally
        {
            await Task.WhenAny(reading, Task.Delay(OutputPatience, time, stop));
            read.Cancel();
            await reading;
            process.StandardOutput.Dispose();
            process.StandardError.Dispose();
        }
    }

    private async Task<CommandEnd> EndAsync(Process process, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(config.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            if (!process.HasExited)
                return new(CommandOutcome.TimedOut, $"did not end within {config.Timeout.TotalSeconds:0.#} s and {Killed(process)}");
        }
        return process.ExitCode == 0
            ? new(CommandOutcome.Succeeded, "succeeded")
            : new(CommandOutcome.Failed, $"failed with exit code {process.ExitCode}");
    }

    private static string Killed(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            return "was killed";
        }
        catch (Exception failed) when (failed is Win32Exception or AggregateException or InvalidOperationException)
        {
            // a program with another user's rights, as by sudo
            return $"could not be killed: {failed.Message}";
        }
    }

    private ProcessStartInfo Start(IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(config.Command[0], [.. config.Command[1..], .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var secret in ConfigFile.SecretVariables)
            start.Environment.Remove(secret);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }
}
