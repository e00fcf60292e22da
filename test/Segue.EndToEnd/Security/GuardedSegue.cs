using System.Text.Json;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;

namespace Segue.EndToEnd.Security;

/// <summary>A Segue process before one coordinator, with the lines that a test is about.</summary>
internal sealed class GuardedSegue : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static int _ports = 20119;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("segue-guarded-");
    private readonly HttpClient _admin;

    private GuardedSegue(Secrets secrets, string engine, string listen, string more, string coordinators)
    {
        Uri = new Uri($"{listen}://localhost:{Interlocked.Increment(ref _ports)}");
        _admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Interlocked.Increment(ref _ports)}") };
        var file = Path.Combine(_folder.FullName, "segue.yaml");
        File.WriteAllText(file, $$"""
            listen: {{listen}}://127.0.0.1:{{Uri.Port}}
            admin: {{_admin.BaseAddress.GetLeftPart(UriPartial.Authority)}}
            data_dir: {{Path.Combine(_folder.FullName, "data")}}
            {{(listen == "https" ? $"tls: {{certificate: {secrets.PathOf("cert.pem")}, key: {secrets.PathOf("key.pem")}}}" : "")}}
            {{more}}
            clusters:
              - engine: {{engine}}
                coordinators: { {{coordinators}} }
                discovery: off
            """);
        Process = SegueProcess.Start("serve", "--config", file);
    }

    public Uri Uri { get; }

    public SegueProcess Process { get; }

    /// <param name="listen">http or https.</param>
    /// <param name="more">Lines at the top of the file.</param>
    /// <param name="coordinators">What is inside the braces of <c>coordinators</c>.</param>
    public static GuardedSegue Start(Secrets secrets, string engine, string listen, string more, string coordinators) =>
        new(secrets, engine, listen, more, coordinators);

    /// <summary>Waits until the one coordinator is as described, and gives its line of the status.</summary>
    public async Task<CoordinatorReport> WaitAsync(string what, Func<CoordinatorReport, bool> condition)
    {
        CoordinatorReport? coordinator = null;
        await Until.TrueAsync(async () =>
        {
            if (Process.HasExited)
                throw new InvalidOperationException($"segue has ended: {Process.Output}");
            try
            {
                coordinator = (await StatusAsync()).Coordinators.Single();
                return condition(coordinator);
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, Patience, () => $"{what}; the last status was {coordinator}, and Segue said: {Process.Output}");
        return coordinator!;
    }

    /// <summary>Waits until Segue has made up its mind whether it uses the coordinator.</summary>
    public async Task<CoordinatorReport> JudgedAsync() => await WaitAsync(
        "a verdict",
        coordinator => coordinator is { Ready: true, Role: "active" } || (coordinator.Evidence is "Unauthenticated" or "Unauthorized" && !coordinator.Sentence.Contains("not looked at yet")));

    public async Task<ClusterReport> StatusAsync() =>
        JsonSerializer.Deserialize(await _admin.GetByteArrayAsync("/api/status"), AdminJson.Default.StatusReport)!.Clusters.Single();

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _admin.Dispose();
        _folder.Delete(recursive: true);
    }
}
