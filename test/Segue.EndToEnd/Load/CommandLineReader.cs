using System.Diagnostics;
using System.Text;
using Segue.Core.Protocol;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Load;

/// <summary>The engine's own command-line client, used as a person uses it: a statement at each prompt.</summary>
internal sealed class CommandLineReader(Uri server, Dialect dialect, TimeSpan pause) : IReadClient
{
    private const string Sql = "SELECT count(*) FROM tpch.tiny.nation";

    private static readonly string[] Endings = ["(1 row)", "failed", "rror"];

    public async Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop)
    {
        using var client = Process.Start(RealEngine.Client(dialect, server))!;
        await using var end = stop.Register(client.Kill);
        // what is typed before the first prompt is thrown away
        await PromptAsync(client.StandardOutput, static _ => true);
        while (!stop.IsCancellationRequested)
        {
            var began = now();
            await client.StandardInput.WriteLineAsync($"{Sql};");
            await client.StandardInput.FlushAsync(CancellationToken.None);
            if (await PromptAsync(client.StandardOutput, static text => Endings.Any(ending => text.Contains(ending, StringComparison.Ordinal))) is { } text)
                seen(began, now(), text.Split('\n').Any(static line => line.Trim() == "25") ? null : text);
            else if (!stop.IsCancellationRequested)
                throw new InvalidOperationException($"the client ended at: {Sql}");
            await Task.Delay(pause, TimeProvider.System, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
        await client.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>What it says up to the prompt behind an answer; null at the end of its output.</summary>
    private static async Task<string?> PromptAsync(StreamReader output, Func<string, bool> isAnswered)
    {
        var text = new StringBuilder();
        var next = new char[1];
        while (await output.ReadAsync(next) > 0)
        {
            text.Append(next);
            if (next[0] == '>' && isAnswered(text.ToString()))
                return text.ToString();
        }
        return null;
    }
}
