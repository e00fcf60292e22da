using System.Diagnostics;
using Segue.Core.Protocol;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Load;

/// <summary>The engine's own command-line client, fed line by line as a person types.</summary>
internal sealed class CommandLineReader(Uri server, Dialect dialect, TimeSpan pause) : IReadClient
{
    private const string Sql = "SELECT count(*) FROM tpch.tiny.nation";

    public async Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop)
    {
        using var client = Process.Start(RealEngine.Client(dialect, server))!;
        await using var end = stop.Register(client.Kill);
        while (!stop.IsCancellationRequested)
        {
            var began = now();
            await client.StandardInput.WriteLineAsync($"{Sql};");
            await client.StandardInput.FlushAsync(CancellationToken.None);
            if (await AnswerAsync(client.StandardOutput) is { } answer)
                seen(began, now(), answer is "25" ? null : $"{Sql}: {answer}");
            else if (!stop.IsCancellationRequested)
                throw new InvalidOperationException($"the client ended at: {Sql}");
            await Task.Delay(pause, TimeProvider.System, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
        await client.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>The value under the heading, or what the client says of a failure; null at the end of its output.</summary>
    private static async Task<string?> AnswerAsync(StreamReader output)
    {
        string? value = null;
        while (await output.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("(1 row)", StringComparison.Ordinal))
                return value;
            if (line.Contains("failed", StringComparison.Ordinal) || line.Contains("rror", StringComparison.Ordinal))
                return line;
            if (int.TryParse(line.Trim(), out _))
                value = line.Trim();
        }
        return null;
    }
}
