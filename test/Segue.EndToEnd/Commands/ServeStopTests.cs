using Segue.Demo;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Commands;

public sealed class ServeStopTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly string _data = Path.Combine(Path.GetTempPath(), $"segue-stop-{Environment.ProcessId}");

    [Fact]
    public async Task A_signal_to_stop_ends_it_cleanly_also_when_it_comes_twice()
    {
        var port = DemoNode.FreePorts(1)[0];
        await using var segue = SegueProcess.Start(
            "serve", "--engine", "presto", "--coordinator", "http://127.0.0.1:1", "--listen", $"http://127.0.0.1:{port}",
            "--admin", "http://127.0.0.1:0", "--data-dir", _data);
        await segue.WaitForOutputAsync("AdminListening", Patience);

        segue.Terminate();
        segue.Terminate();

        await segue.WaitForExitAsync(Patience);
        segue.ExitCode.ShouldBe(0, segue.Output);
    }

    [Theory]
    [InlineData("coordinator", "presto")]
    [InlineData("coordinator", "trino")]
    [InlineData("worker", "presto")]
    public async Task A_stand_in_ends_in_order_at_a_signal_to_stop(string role, string engine)
    {
        await using var node = SegueProcess.Start("rehearse", role, "--engine", engine, "--port", $"{DemoNode.FreePorts(1)[0]}", "--discovery", "http://127.0.0.1:1");
        await node.WaitForOutputAsync("listens on", Patience);

        node.Terminate();

        await node.WaitForExitAsync(Patience);
        node.ExitCode.ShouldBe(0, node.Output);
    }

    public void Dispose()
    {
        if (Directory.Exists(_data))
            Directory.Delete(_data, recursive: true);
    }
}
