using System.Globalization;
using System.Text.Json;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Demo;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Failover;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;

namespace Segue.EndToEnd.ControlPlane;

/// <summary>A Segue that runs from a file which the test rewrites, and rehearsed coordinators to write into it.</summary>
internal sealed class ConfiguredSegue : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly HttpClient _admin;
    private readonly Uri _listen;
    private readonly SegueProcess _worker;

    private ConfiguredSegue(int coordinators, string[] knobs)
    {
        var ports = DemoNode.FreePorts(3 + coordinators);
        _listen = new Uri($"http://127.0.0.1:{ports[0]}");
        _admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports[1]}") };
        var tables = Path.Combine(Folder.FullName, "tables");
        _worker = StartWorker(ports[2]);
        Coordinators = [.. ports[3..].Select(port => new RehearsedCoordinator("presto", port, _listen.GetLeftPart(UriPartial.Authority), tables, knobs))];
    }

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("segue-control-");

    public string File => Path.Combine(Folder.FullName, "segue.yaml");

    public string Data => Path.Combine(Folder.FullName, "data");

    public IReadOnlyList<RehearsedCoordinator> Coordinators { get; }

    public SegueProcess Segue { get; private set; } = null!;

    /// <summary>Starts the coordinators, and Segue with the first <paramref name="used"/> of them; waits until all of these are ready.</summary>
    public static async Task<ConfiguredSegue> StartAsync(int coordinators, int used, params string[] knobs)
    {
        var segue = new ConfiguredSegue(coordinators, knobs);
        segue.Write(segue.Coordinators.Take(used));
        segue.Start();
        await segue.WaitAsync("ready coordinators, one of them active", status => status is { Holding: false } && status.Coordinators.All(coordinator => coordinator is { Ready: true, WorkersSeen: 1 }));
        return segue;
    }

    public SegueProcess StartWorker(int port) => SegueProcess.Start(
        "rehearse", "worker", "--engine", "presto", "--port", port.ToString(CultureInfo.InvariantCulture), "--discovery", _listen.GetLeftPart(UriPartial.Authority));

    public void Start() => Segue = SegueProcess.Start("serve", "--config", File);

    /// <param name="more">More lines of the cluster, indented by four.</param>
    public void Write(IEnumerable<RehearsedCoordinator> coordinators, string more = "") => System.IO.File.WriteAllText(File, $$"""
        listen: {{_listen.GetLeftPart(UriPartial.Authority)}}
        admin: {{_admin.BaseAddress!.GetLeftPart(UriPartial.Authority)}}
        data_dir: {{Data}}
        clusters:
          - engine: presto
            coordinators: [{{string.Join(", ", coordinators.Select(coordinator => coordinator.Uri.GetLeftPart(UriPartial.Authority)))}}]
            canary: { timeout: 4s, warmups: 1 }
        {{more}}
        """);

    public StatementClient Client() => new(_listen, Dialect.Of(EngineKind.Presto));

    public async Task<StatusReport> ReportAsync() =>
        JsonSerializer.Deserialize(await _admin.GetByteArrayAsync("/api/status"), AdminJson.Default.StatusReport)!;

    public async Task WaitAsync(string what, Func<ClusterReport, bool> condition)
    {
        var last = "no status yet";
        await Until.TrueAsync(async () =>
        {
            if (Segue.HasExited)
                throw new InvalidOperationException($"segue has ended: {Segue.Output}");
            try
            {
                var cluster = (await ReportAsync()).Clusters.Single();
                last = $"{cluster.Sentence}: {string.Join("; ", cluster.Coordinators)}";
                return condition(cluster);
            }
            catch (HttpRequestException notYet)
            {
                last = notYet.Message;
                return false;
            }
        }, Patience, () => $"{what}; the last status was {last}, and Segue said: {Segue.Output}");
    }

    public async ValueTask DisposeAsync()
    {
        await Segue.DisposeAsync();
        await _worker.DisposeAsync();
        foreach (var coordinator in Coordinators)
            await coordinator.DisposeAsync();
        _admin.Dispose();
        Folder.Delete(recursive: true);
    }
}
