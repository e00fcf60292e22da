using System.Diagnostics;
using System.Globalization;
using System.Text;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Processes;

/// <summary>A running `segue`: the native binary named by SEGUE_BINARY, else the built assembly.</summary>
internal sealed class SegueProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private SegueProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>All that it has written to its output and error streams so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>What it holds in memory (VmRSS), in bytes.</summary>
    public long Resident =>
        long.Parse(File.ReadLines($"/proc/{Id}/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;

    public static SegueProcess Start(params string[] arguments) => StartAt(Host.Loopback, arguments);

    public static SegueProcess StartAt(Host host, params string[] arguments)
    {
        var start = Environment.GetEnvironmentVariable("SEGUE_BINARY") is { } binary
            ? host.Its(binary, arguments)
            : host.Its("dotnet", [Path.Combine(AppContext.BaseDirectory, "segue.dll"), .. arguments]);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        return new SegueProcess(Process.Start(start)!);
    }

    public void Kill() => Signal("KILL");

    public void Terminate() => Signal("TERM");

    public void HangUp() => Signal("HUP");

    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    public Task WaitForExitAsync(TimeSpan patience) => _process.WaitForExitAsync().WaitAsync(patience, TimeProvider.System);

    /// <summary>Waits until the output contains a text.</summary>
    public Task WaitForOutputAsync(string text, TimeSpan patience) =>
        Until.TrueAsync(() => Output.Contains(text, StringComparison.Ordinal) || (HasExited ? throw new InvalidOperationException($"segue has ended: {Output}") : false),
            patience, () => $"'{text}' in the output; it was: {Output}");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private void Keep(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
