using System.Net;
using Segue.Demo;
using Segue.EndToEnd.Processes;
using Xunit.Abstractions;

namespace Segue.EndToEnd.Native;

/// <summary>The published binary itself, named by SEGUE_BINARY.</summary>
public sealed class NativeBinaryTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>What the docs promise, of the best of a few starts: other processes on the machine cannot make one better.</summary>
    private const double MostStartSeconds = 0.3;
    private const long MostIdleBytes = 60_000_000;
    private const int Starts = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(3);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("segue-native-");

    [SkippableFact]
    public async Task It_is_ready_soon_after_its_start_and_small_when_idle()
    {
        Skip.If(Environment.GetEnvironmentVariable("SEGUE_BINARY") is null, "no native binary: set SEGUE_BINARY");
        var ports = DemoNode.FreePorts(2);
        await using var coordinator = SegueProcess.Start("rehearse", "coordinator", "--engine", "trino", "--port", $"{ports[0]}");
        await coordinator.WaitForOutputAsync("listens on", Patience);

        var (soonest, smallest) = (double.MaxValue, long.MaxValue);
        for (var start = 1; start <= Starts; start++)
        {
            var (seconds, resident) = await StartAsync(ports[0], ports[1]);
            output.WriteLine($"ready after {seconds * 1000:0} ms, {resident / 1e6:0.0} MB when idle");
            (soonest, smallest) = (Math.Min(soonest, seconds), Math.Min(smallest, resident));
        }
        soonest.ShouldBeLessThan(MostStartSeconds);
        smallest.ShouldBeLessThan(MostIdleBytes);
    }

    public void Dispose() => _data.Delete(recursive: true);

    /// <summary>One life: how long from its start to ready, and what it holds after some quiet seconds.</summary>
    private async Task<(double Seconds, long Resident)> StartAsync(int coordinator, int listen)
    {
        var time = TimeProvider.System;
        using var http = new HttpClient { BaseAddress = DemoNode.Loopback(listen) };
        var began = time.GetTimestamp();
        await using var segue = SegueProcess.Start(
            "serve", "--engine", "trino", "--coordinator", DemoNode.Loopback(coordinator).OriginalString, "--listen", DemoNode.Loopback(listen).OriginalString,
            "--admin", "http://127.0.0.1:0", "--data-dir", _data.FullName);
        while (!await IsReadyAsync(http))
        {
            time.GetElapsedTime(began).ShouldBeLessThan(Patience, segue.Output);
            await Task.Delay(Glance, time);
        }
        var seconds = time.GetElapsedTime(began).TotalSeconds;
        await Until.TrueAsync(() => time.GetElapsedTime(began) > Idle, Patience, () => "some idle seconds");
        var resident = segue.Resident;
        segue.Terminate();
        await segue.WaitForExitAsync(Patience);
        segue.ExitCode.ShouldBe(0, segue.Output);
        return (seconds, resident);
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var response = await http.GetAsync("/segue/health/ready");
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
