using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Segue.EndToEnd.Processes;
using Xunit.Abstractions;

namespace Segue.EndToEnd.Native;

/// <summary>The published binary itself, named by SEGUE_BINARY.</summary>
public sealed class NativeBinaryTests(ITestOutputHelper output) : IDisposable
{
    private const long MostIdleBytes = 128L << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("segue-native-");

    [SkippableFact]
    public async Task It_is_alive_without_any_coordinator_and_small_when_idle()
    {
        Skip.If(Environment.GetEnvironmentVariable("SEGUE_BINARY") is null, "no native binary: set SEGUE_BINARY");
        var time = TimeProvider.System;
        var port = FreePort();
        var dead = $"http://127.0.0.1:{FreePort()}";
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var started = time.GetTimestamp();
        await using var segue = SegueProcess.Start(
            "serve", "--engine", "trino", "--coordinator", dead, "--coordinator", $"http://127.0.0.1:{FreePort()}",
            "--listen", $"http://127.0.0.1:{port}", "--admin", $"http://127.0.0.1:{FreePort()}", "--data-dir", _data.FullName);
        await Until.TrueAsync(() => AnswersAsync(http, "/segue/health/live", HttpStatusCode.OK), Patience, () => $"it is alive; it said: {segue.Output}");
        output.WriteLine($"alive after {time.GetElapsedTime(started).TotalMilliseconds:0} ms");

        await Until.TrueAsync(() => segue.Output.Contains(dead[7..], StringComparison.Ordinal), Patience, () => "it says that a coordinator is dead");
        (await AnswersAsync(http, "/segue/health/ready", HttpStatusCode.ServiceUnavailable)).ShouldBeTrue();
        var resident = Resident(segue.Id);
        output.WriteLine($"holds {resident / 1048576.0:0.0} MiB");
        resident.ShouldBeLessThan(MostIdleBytes);

        segue.Terminate();
        await segue.WaitForExitAsync(Patience);
        segue.ExitCode.ShouldBe(0, segue.Output);
    }

    public void Dispose() => _data.Delete(recursive: true);

    private static async Task<bool> AnswersAsync(HttpClient http, string path, HttpStatusCode expected)
    {
        try
        {
            using var response = await http.GetAsync(path);
            return response.StatusCode == expected;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>VmRSS, in bytes.</summary>
    private static long Resident(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
