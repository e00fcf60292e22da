using System.Diagnostics;
using System.Globalization;
using Segue.Core.Protocol;
using Segue.EndToEnd.Processes;
using Segue.Server.Tests;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Engines;

/// <summary>One node of a real engine, started by the engine script and killed on dispose.</summary>
internal sealed class RealEngine : ICoordinator
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(60);

    private readonly string _name;
    private readonly string _nodes = Path.Combine(Path.GetTempPath(), $"segue-nodes-{Environment.ProcessId}");
    private readonly string[] _start;

    private RealEngine(Host host, Dialect dialect, string role, int port, string[] options)
    {
        _name = $"{role}-{port}";
        Host = host;
        Uri = host.Url(port);
        _start = ["start", _name, dialect.Name.ToLowerInvariant(), role, port.ToString(CultureInfo.InvariantCulture), "--address", host.Address, .. options];
    }

    /// <summary>The script that starts engines: SEGUE_ENGINE_SCRIPT, else beside the repository; null where there is none.</summary>
    public static string? Script { get; } = Find();

    public Host Host { get; }

    public Uri Uri { get; }

    public string Name => Uri.Authority;

    /// <param name="role">coordinator or worker.</param>
    /// <param name="options">More words for the script's start, e.g. <c>--discovery URL</c>.</param>
    public static Task<RealEngine> StartAsync(Dialect dialect, string role, int port, params string[] options) =>
        StartAsync(Host.Loopback, dialect, role, port, options);

    /// <param name="role">coordinator or worker; with its port it is the node's name, so that no two hosts may have the same.</param>
    /// <param name="options">More words for the script's start, e.g. <c>--discovery URL</c>.</param>
    public static async Task<RealEngine> StartAsync(Host host, Dialect dialect, string role, int port, params string[] options)
    {
        var node = new RealEngine(host, dialect, role, port, options);
        await node.RunAsync(node._start);
        return node;
    }

    public async Task RestartAsync()
    {
        await WaitForEndAsync();
        // the script takes one that goes away while it looks for one that runs
        File.Delete(ProcessFile);
        await RunAsync(_start);
    }

    /// <summary>Waits until the node says that it has started.</summary>
    public Task WaitAsync(TimeSpan patience) => RunAsync("wait", _name, ((int)patience.TotalSeconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>Waits until its process is gone.</summary>
    public Task WaitForEndAsync()
    {
        var process = File.ReadAllText(ProcessFile).Trim();
        return Until.TrueAsync(() => IsGone(process), EndPatience, () => $"the end of {_name}");
    }

    public Task KillAsync() => RunAsync("kill", _name);

    public Task StopAsync() => RunAsync("stop", _name);

    public Task FreezeAsync() => RunAsync("freeze", _name);

    public Task ThawAsync() => RunAsync("thaw", _name);

    public async ValueTask DisposeAsync()
    {
        using var kill = Start(["kill", _name]);
        await kill.WaitForExitAsync();
        await WaitForEndAsync();
        Directory.Delete(Path.Combine(_nodes, _name), recursive: true);
    }

    /// <summary>The engine's own command-line client on a terminal, without which Trino's waits for the end of its input.</summary>
    public static ProcessStartInfo Client(Dialect dialect, Uri server)
    {
        var command = $"'{Script}' client {dialect.Name.ToLowerInvariant()} --server {server.GetLeftPart(UriPartial.Authority)}";
        return new ProcessStartInfo("script", ["-qfec", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["TERM"] = "dumb", [$"{dialect.Name.ToUpperInvariant()}_PAGER"] = "" },
        };
    }

    /// <summary>What the script itself prints.</summary>
    public static async Task<string> SayAsync(string word)
    {
        using var process = Process.Start(new ProcessStartInfo(Script!, [word]) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return said;
    }

    private string ProcessFile => Path.Combine(_nodes, _name, "pid");

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SEGUE_ENGINE_SCRIPT") is { Length: > 0 } named)
            return named;
        var beside = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "engines", "engine"));
        return File.Exists(beside) ? beside : null;
    }

    private static bool IsGone(string process)
    {
        try
        {
            // one that nobody has waited for yet is a zombie: dead
            return File.ReadLines($"/proc/{process}/status").Any(static line => line.StartsWith("State:", StringComparison.Ordinal) && line.Contains('Z'));
        }
        catch (IOException)
        {
            return true;
        }
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
        var start = Host.Its(Script!, arguments);
        start.Environment["SEGUE_NODES"] = _nodes;
        return Process.Start(start)!;
    }
}
