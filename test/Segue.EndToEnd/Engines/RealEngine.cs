using System.Diagnostics;
using System.Globalization;
using Segue.Core.Protocol;

namespace Segue.EndToEnd.Engines;

/// <summary>One node of a real engine, started by the engine script and killed on dispose.</summary>
internal sealed class RealEngine : IAsyncDisposable
{
    private readonly string _name;
    private readonly string _nodes;

    private RealEngine(string name, string nodes, int port) => (_name, _nodes, Uri) = (name, nodes, new Uri($"http://127.0.0.1:{port}"));

    /// <summary>The script that starts engines: SEGUE_ENGINE_SCRIPT, else beside the repository; null where there is none.</summary>
    public static string? Script { get; } = Find();

    public Uri Uri { get; }

    /// <summary>Skips the test where no real engine can be started.</summary>
    public static void Require() => Skip.If(Script is null, "no engine script: set SEGUE_ENGINE_SCRIPT");

    /// <param name="role">coordinator or worker.</param>
    /// <param name="options">More words for the script's start, e.g. <c>--discovery URL</c>.</param>
    public static async Task<RealEngine> StartAsync(Dialect dialect, string role, int port, params string[] options)
    {
        var node = new RealEngine($"{role}-{port}", Path.Combine(Path.GetTempPath(), $"segue-nodes-{Environment.ProcessId}"), port);
        await node.RunAsync(["start", node._name, dialect.Name.ToLowerInvariant(), role, port.ToString(CultureInfo.InvariantCulture), .. options]);
        return node;
    }

    /// <summary>Waits until the node says that it has started.</summary>
    public Task WaitAsync(TimeSpan patience) => RunAsync("wait", _name, ((int)patience.TotalSeconds).ToString(CultureInfo.InvariantCulture));

    public Task KillAsync() => RunAsync("kill", _name);

    public Task StopAsync() => RunAsync("stop", _name);

    public Task FreezeAsync() => RunAsync("freeze", _name);

    public Task ThawAsync() => RunAsync("thaw", _name);

    public async ValueTask DisposeAsync()
    {
        using var kill = Start(["kill", _name]);
        await kill.WaitForExitAsync();
        var data = Path.Combine(_nodes, _name);
        if (Directory.Exists(data))
            Directory.Delete(data, recursive: true);
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SEGUE_ENGINE_SCRIPT") is { Length: > 0 } named)
            return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Segue.slnx")))
                return Path.Combine(folder.Parent!.FullName, "shared", "engines", "engine") is var beside && File.Exists(beside) ? beside : null;
        return null;
    }

    private async Task RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"engine {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    private Process Start(string[] arguments)
    {
        // no redirection: the node inherits the streams, and a pipe would stay open with it
        var start = new ProcessStartInfo(Script!, arguments) { Environment = { ["SEGUE_NODES"] = _nodes } };
        return Process.Start(start)!;
    }
}
