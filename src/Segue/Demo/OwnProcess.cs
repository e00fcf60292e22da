using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Segue.Demo;

/// <summary>A child that runs this same executable; disposing kills it.</summary>
internal sealed class OwnProcess : IAsyncDisposable
{
    private const int KeptLines = 12;
    private const int SigTerm = 15;

    private readonly ConcurrentQueue<string> _last = new();
    private readonly Process _process;

    public OwnProcess(params IEnumerable<string> arguments)
    {
        var self = Environment.ProcessPath ?? throw new DemoException("this system does not tell a process its own path");
        // `dotnet segue.dll`: the program is then the runtime's argument
        var hosted = Path.GetFileNameWithoutExtension(self) == "dotnet";
        var start = new ProcessStartInfo(self) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (hosted)
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "segue.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>The end of what it wrote.</summary>
    public string LastLines => string.Join(Environment.NewLine, _last);

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM.</summary>
    public void Terminate()
    {
        if (!_process.HasExited)
            _ = Signal(_process.Id, SigTerm); // fails only where it has just ended
    }

    public Task WaitForExitAsync(CancellationToken cancellation) => _process.WaitForExitAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not { } text)
            return;
        _last.Enqueue(text);
        if (_last.Count > KeptLines)
            _last.TryDequeue(out _);
    }
}
