using System.Diagnostics;
using System.Globalization;

namespace Segue.Demo;

/// <summary>Real nodes, started by an engine script: <c>start NAME KIND ROLE PORT --discovery URL</c>, <c>kill NAME</c>, <c>stop NAME</c>, <c>wait NAME SECONDS</c>.</summary>
internal sealed class RealNodes(string script, string engine, Uri discovery, string folder) : IDemoNodes
{
    private readonly HashSet<DemoNode> _started = [];

    /// <summary>JVMs, and at the first use of the script the unpacking.</summary>
    public TimeSpan StartPatience => TimeSpan.FromMinutes(3);

    /// <summary>They are in the script's own folder.</summary>
    public string LastWords => "";

    /// <summary>SEGUE_ENGINE_SCRIPT, else the script beside the repository that the program or the current directory is in; null where there is none.</summary>
    public static string? FindScript()
    {
        if (Environment.GetEnvironmentVariable("SEGUE_ENGINE_SCRIPT") is { Length: > 0 } named)
            return named;
        foreach (var start in (string[])[Environment.CurrentDirectory, AppContext.BaseDirectory])
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
                if (Path.Combine(directory.FullName, "..", "shared", "engines", "engine") is var beside && File.Exists(beside))
                    return Path.GetFullPath(beside);
        return null;
    }

    public async Task StartAsync(DemoNode node, CancellationToken cancellation)
    {
        if (!_started.Add(node))
            await EndAsync(node); // one that was stopped may still be on its way out
        // not to be given up half-way: it could then start a node behind our back
        await RunAsync(
            ["start", node.Name, engine, node.Role, node.Port.ToString(CultureInfo.InvariantCulture), "--discovery", discovery.OriginalString],
            CancellationToken.None);
        await RunAsync(["wait", node.Name, StartPatience.TotalSeconds.ToString(CultureInfo.InvariantCulture)], cancellation);
    }

    public Task KillAsync(DemoNode node) => RunAsync(["kill", node.Name], CancellationToken.None);

    public Task StopAsync(DemoNode node) => RunAsync(["stop", node.Name], CancellationToken.None);

    public async ValueTask DisposeAsync() => await Task.WhenAll(_started.Select(EndAsync));

    /// <summary>SIGKILL for a node that may have ended already.</summary>
    private async Task EndAsync(DemoNode node)
    {
        using var kill = Start(["kill", node.Name]);
        await kill.WaitForExitAsync();
    }

    private async Task RunAsync(string[] arguments, CancellationToken cancellation)
    {
        using var process = Start(arguments);
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
            throw new DemoException($"{script} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    private Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(script, arguments)
        {
            // its words would tear the live view; nobody reads them, they are few
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SEGUE_NODES"] = Path.Combine(folder, "nodes") },
        };
        return Process.Start(start)!;
    }
}
