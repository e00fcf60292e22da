using System.Globalization;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Demo;
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
    private readonly SegueFront _front;

    private RehearsedCluster(EngineKind engine, string[] knobs, string settings)
    {
        var ports = DemoNode.FreePorts(5);
        var name = engine == EngineKind.Presto ? "presto" : "trino";
        Dialect = Dialect.Of(engine);
        _front = new SegueFront(engine, ports[2..4].Select(DemoNode.Loopback), settings, ports[0], ports[1]);
        var discovery = Listen.GetLeftPart(UriPartial.Authority);
        Coordinators = [.. ports[2..4].Select(port => new RehearsedCoordinator(name, port, discovery, Path.Combine(_folder, "tables"), knobs))];
        Worker = SegueProcess.Start("rehearse", "worker", "--engine", name, "--port", ports[4].ToString(CultureInfo.InvariantCulture), "--discovery", discovery);
    }

    public Dialect Dialect { get; }

    /// <summary>Where clients come.</summary>
    public Uri Listen => _front.Listen;

    /// <summary>Where operators ask.</summary>
    public Uri Admin => _front.Admin;

    public SegueProcess Segue => _front.Process;

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

    public Task WaitAsync(string what, Func<ClusterReport, bool> condition) => _front.WaitAsync(what, Patience, condition);

    public Task<ClusterReport> StatusAsync() => _front.StatusAsync();

    /// <summary>Ends Segue without a word to anybody and starts it again.</summary>
    /// <param name="meanwhile">While it is down.</param>
    public Task RestartSegueAsync(Func<Task>? meanwhile = null) => _front.RestartAsync(meanwhile);

    /// <summary>Waits until Segue's store has a running statement.</summary>
    public Task WaitForJournalAsync() => _front.WaitForJournalAsync(Patience);

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
        await _front.DisposeAsync();
        await Worker.DisposeAsync();
        foreach (var coordinator in Coordinators)
            await coordinator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
