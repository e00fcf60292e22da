using System.Net;
using System.Net.Sockets;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Commands;

/// <summary>What a wrong command line or a taken port is told.</summary>
public sealed class ServeStartTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly string _data = Path.Combine(Path.GetTempPath(), $"segue-start-{Environment.ProcessId}");

    [Theory]
    [InlineData("--engine: is not one of the choices (value: mysql;", "--engine", "mysql", "--coordinator", "http://127.0.0.1:1")]
    [InlineData("--coordinator: is an empty list", "--engine", "presto")]
    [InlineData("--coordinator: does not begin with http:// or https:// (value: nowhere;", "--engine", "presto", "--coordinator", "nowhere")]
    [InlineData("--listen and --config exclude each other: write it into segue.yaml.", "--config", "segue.yaml", "--listen", "http://127.0.0.1:1")]
    [InlineData("--listen: does not begin with", "--engine", "trino", "--coordinator", "http://127.0.0.1:1", "--listen", "8080")]
    public async Task A_wrong_option_is_named(string said, params string[] options)
    {
        await using var segue = SegueProcess.Start(["serve", .. options]);
        await segue.WaitForExitAsync(Patience);
        segue.ExitCode.ShouldBe(2, segue.Output);
        segue.Output.ShouldStartWith($"segue serve: {said}");
    }

    [Theory]
    [InlineData("--listen", "--admin")]
    [InlineData("--admin", "--listen")]
    public async Task A_port_that_is_taken_is_named_in_one_sentence_without_a_stack(string taken, string free)
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        await using var segue = SegueProcess.Start(
            "serve", "--engine", "presto", "--coordinator", "http://127.0.0.1:1", taken, $"http://{holder.LocalEndpoint}", free, "http://127.0.0.1:0", "--data-dir", _data);
        await segue.WaitForExitAsync(Patience);
        segue.ExitCode.ShouldBe(1, segue.Output);
        segue.Output.ShouldContain($"segue cannot start: Failed to bind to address http://{holder.LocalEndpoint}: address already in use.");
        segue.Output.ShouldNotContain("   at ");
    }

    public void Dispose()
    {
        if (Directory.Exists(_data))
            Directory.Delete(_data, recursive: true);
    }
}
