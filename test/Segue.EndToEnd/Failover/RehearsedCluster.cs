using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;

namespace Segue.EndToEnd.Failover;

/// <summary>Two rehearsed coordinators over one set of tables, a worker and a Segue in front of them, each a process of its own.</summary>
internal sealed class RehearsedCluster : IAsyncDisposable
{
    /// <summary>How long anything may take before its test fails; generous, because machines that run tests are busy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("segue-failover-").FullName;
    private readonly HttpClient _admin;

    private RehearsedCluster(EngineKind engine, string[] knobs, string settings)
    {
        var ports = UnusedPorts(5);
        var name = engine == EngineKind.Presto ? "presto" : "trino";
        Dialect = Dialect.Of(engine);
        Listen = new Uri($"http://127.0.0.1:{ports[0]}");
        _admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports[1]}") };
        File.WriteAllText(Path.Combine(_folder, "segue.yaml"), $"""
            listen: {Listen.GetLeftPart(UriPartial.Authority)}
            admin: {_admin.BaseAddress.GetLeftPart(UriPartial.Authority)}
            data_dir: {Path.Combine(_folder, "segue")}
            clusters:
              - engine: {name}
                coordinators:
                  - http://127.0.0.1:{ports[2]}
                  - http://127.0.0.1:{ports[3]}
            {settings}
            """);
        Segue = StartSegue();
        var discovery = Listen.GetLeftPart(UriPartial.Authority);
        Coordinators = [.. ports[2..4].Select(port => new RehearsedCoordinator(name, port, discovery, Path.Combine(_folder, "tables"), knobs))];
        Worker = SegueProcess.Start("rehearse", "worker", "--engine", name, "--port", ports[4].ToString(CultureInfo.InvariantCulture), "--discovery", discovery);
    }

    public Dialect Dialect { get; }

    /// <summary>Where clients come.</summary>
    public Uri Listen { get; }

    public SegueProcess Segue { get; private set; }

    public IReadOnlyList<RehearsedCoordinator> Coordinators { get; }

    public SegueProcess Worker { get; }

    /// <summary>Starts all of it and waits until either coordinator could run queries.</summary>
    /// <param name="knobs">Options of <c>segue rehearse coordinator</c>.</param>
    /// <param name="settings">More lines of the cluster's configuration, indented by four.</param>
    public static async Task<RehearsedCluster> StartAsync(EngineKind engine, string[]? knobs = null, string settings = "")
    {
        var cluster = new RehearsedCluster(engine, knobs ?? [], settings);
        try
        {
            await cluster.WaitAsync("two ready coordinators, one of them active", status => status.Active is not null && status.Coordinators.All(coordinator => coordinator.Ready));
            foreach (var coordinator in cluster.Coordinators)
            {
                using var direct = new StatementClient(coordinator.Uri, cluster.Dialect);
                (await direct.RunAsync("SELECT * FROM tpch.tiny.region"))[^1].State.ShouldBe("FINISHED");
            }
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public StatementClient Client() => new(Listen, Dialect);

    public async Task<RehearsedCoordinator> ActiveAsync()
    {
        var active = (await StatusAsync()).Active;
        return Coordinators.Single(coordinator => coordinator.Name == active);
    }

    public RehearsedCoordinator Other(RehearsedCoordinator coordinator) => Coordinators.Single(other => other != coordinator);

    public Task WaitForActiveAsync(RehearsedCoordinator coordinator) =>
        WaitAsync($"{coordinator.Name} active", status => status.Active == coordinator.Name && !status.Holding);

    public async Task WaitAsync(string what, Func<ClusterReport, bool> condition)
    {
        var last = "no status yet";
        await Until.TrueAsync(async () =>
        {
            if (Segue.HasExited)
                throw new InvalidOperationException($"segue has ended: {Segue.Output}");
            try
            {
                var status = await StatusAsync();
                last = status.ToString();
                return condition(status);
            }
            catch (HttpRequestException notYet)
            {
                last = notYet.Message;
                return false;
            }
        }, Patience, () => $"{what}; the last status was {last}, and Segue said: {Segue.Output}");
    }

    public async Task<ClusterReport> StatusAsync()
    {
        var report = JsonSerializer.Deserialize(await _admin.GetByteArrayAsync("/api/status"), AdminJson.Default.StatusReport);
        return report!.Clusters.Single();
    }

    /// <summary>Ends Segue without a word to anybody and starts it again.</summary>
    public async Task RestartSegueAsync()
    {
        Segue.Kill();
        await Segue.DisposeAsync();
        Segue = StartSegue();
    }

    /// <summary>Runs a statement through Segue, which must end well, and gives its rows as JSON.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string sql)
    {
        using var client = Client();
        var run = await client.RunAsync(sql);
        run[^1].State.ShouldBe("FINISHED", $"{sql}: {run[^1].Json}");
        return [.. run.SelectMany(reply => reply.Rows)];
    }

    public async ValueTask DisposeAsync()
    {
        await Segue.DisposeAsync();
        await Worker.DisposeAsync();
        foreach (var coordinator in Coordinators)
            await coordinator.DisposeAsync();
        _admin.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private SegueProcess StartSegue() => SegueProcess.Start("serve", "--config", Path.Combine(_folder, "segue.yaml"));

    private static int[] UnusedPorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
            listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }
}
