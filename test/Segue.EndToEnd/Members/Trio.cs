using System.Globalization;
using System.Runtime.Versioning;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Demo;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Failover;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Members;

/// <summary>Three members with one store, in front of two rehearsed coordinators over one set of tables; nodes come through a load balancer.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class Trio : IAsyncDisposable
{
    /// <summary>Many processes on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private readonly Func<bool, Task> _pause;
    private readonly Func<ValueTask> _endStore;
    private readonly Pipe _balancer;
    private readonly SegueProcess _worker;

    private Trio(string url, Func<bool, Task> pause, Func<ValueTask> endStore, string settings, string discovery, string members)
    {
        (_pause, _endStore) = (pause, endStore);
        var key = KeyFile.Write(Folder);
        var ports = DemoNode.FreePorts(12);
        _balancer = new Pipe([.. Enumerable.Range(0, 3).Select(member => ports[2 + (3 * member)])]);
        var balanced = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_balancer.Port}");
        _worker = SegueProcess.Start("rehearse", "worker", "--engine", "presto", "--port", ports[11].ToString(CultureInfo.InvariantCulture), "--discovery", balanced);
        Coordinators = [.. ports[..2].Select(port => new RehearsedCoordinator("presto", port, balanced, Path.Combine(Folder.FullName, "tables"), []))];
        Members = [.. Enumerable.Range(0, 3).Select(member => new SegueFront(
            EngineKind.Presto,
            ports[..2].Select(DemoNode.Loopback),
            $"    discovery: {discovery}\n    canary: {{ warmups: 1 }}\n{settings}",
            ports[2 + (3 * member)],
            ports[3 + (3 * member)],
            string.Create(CultureInfo.InvariantCulture, $"peers: http://127.0.0.1:{ports[4 + (3 * member)]}\nstore: {url}\nkey_file: {key}\nmembers: {members}")))];
    }

    /// <summary>For what its servers need; gone with it.</summary>
    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("segue-trio-");

    public IReadOnlyList<SegueFront> Members { get; }

    public IReadOnlyList<RehearsedCoordinator> Coordinators { get; }

    /// <param name="store">etcd or PostgreSQL.</param>
    /// <param name="settings">More lines of the cluster's configuration, indented by four.</param>
    /// <param name="members">The configuration's part of that name: by default nobody waits for load balancers.</param>
    public static async Task<Trio> StartAsync(string store, string settings = "", string discovery = "{ mode: front }", string members = "{ drain: 0s }")
    {
        Trio trio;
        if (store == "etcd")
        {
            Skip.If(!Etcd.IsInstalled, "no /usr/bin/etcd: apt-get install etcd-server");
            var server = await Etcd.StartAsync();
            trio = new Trio($"etcd://127.0.0.1:{server.Port}", async away => await (away ? server.StopAsync() : server.BeginAsync()), server.DisposeAsync, settings, discovery, members);
        }
        else
        {
            Skip.If(Postgres.Programs is null, "no PostgreSQL in /usr/lib/postgresql: apt-get install postgresql");
            var server = await Postgres.StartAsync("");
            trio = new Trio($"postgres://postgres@127.0.0.1:{server.Port}/postgres", async away => await (away ? server.StopAsync() : server.BeginAsync()), server.DisposeAsync, settings, discovery, members);
        }
        try
        {
            await WaitAsync("all with one active coordinator", trio.Members, static status => status is { Holding: false } && status.Coordinators.All(static one => one is { Ready: true, WorkersSeen: 1 }));
            return trio;
        }
        catch
        {
            await trio.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the store's server.</summary>
    public Task StoreGoesAsync() => _pause(true);

    public Task StoreComesBackAsync() => _pause(false);

    public static StatementClient Client(SegueFront member) => new(member.Listen, Dialect.Of(EngineKind.Presto));

    public async Task<RehearsedCoordinator> ActiveAsync()
    {
        var active = (await Members[0].StatusAsync()).Active;
        return Coordinators.Single(coordinator => coordinator.Name == active);
    }

    /// <summary>The member that was the last to say that it takes the decisions.</summary>
    public SegueFront Conductor => Members.Single(static member =>
        member.Process.Output.LastIndexOf("takes the decisions from now on", StringComparison.Ordinal) > member.Process.Output.LastIndexOf("takes the decisions no longer", StringComparison.Ordinal));

    public static async Task WaitAsync(string what, IEnumerable<SegueFront> members, Func<ClusterReport, bool> condition)
    {
        foreach (var member in members)
            await member.WaitAsync(what, Patience, condition);
    }

    /// <summary>Each of these members runs a statement for a client.</summary>
    public static async Task ReadAsync(IEnumerable<SegueFront> members)
    {
        foreach (var member in members)
        {
            using var client = Client(member);
            (await client.RunAsync("SELECT * FROM tpch.tiny.region"))[^1].State.ShouldBe("FINISHED");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
            await member.DisposeAsync();
        foreach (var coordinator in Coordinators)
            await coordinator.DisposeAsync();
        await _worker.DisposeAsync();
        await _balancer.DisposeAsync();
        await _endStore();
        Folder.Delete(recursive: true);
    }
}
