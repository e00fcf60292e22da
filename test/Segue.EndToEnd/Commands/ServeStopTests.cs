using System.Net;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Commands;

public sealed class ServeStopTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly string _data = Path.Combine(Path.GetTempPath(), $"segue-stop-{Environment.ProcessId}");

    [Fact]
    public async Task A_signal_to_stop_ends_it_cleanly_also_when_it_comes_twice()
    {
        var port = FreePort();
        await using var segue = SegueProcess.Start(
            "serve", "--engine", "presto", "--coordinator", "http://127.0.0.1:1", "--listen", $"http://127.0.0.1:{port}",
            "--admin", "http://127.0.0.1:0", "--data-dir", _data);
        await segue.WaitForOutputAsync("AdminListening", Patience);

        segue.Terminate();
        segue.Terminate();

        await segue.WaitForExitAsync(Patience);
        segue.ExitCode.ShouldBe(0, segue.Output);
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
