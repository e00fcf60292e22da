using System.Globalization;
using System.Net;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Demo;
using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Failover;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Networks;

/// <summary>What the members, their store, two coordinators and a worker are in the scenarios: each on a host of its own.</summary>
/// <param name="IsReal">Real nodes; else rehearsed ones.</param>
/// <param name="Store">etcd or PostgreSQL for three members; embedded for one.</param>
internal sealed record FleetKind(EngineKind Engine, bool IsReal, string Store)
{
    /// <summary>Why there can be none here, or null.</summary>
    public string? Missing => Lan.Missing
        ?? (IsReal && RealEngine.Script is null ? "no engine script: set SEGUE_ENGINE_SCRIPT"
        : Store == "etcd" && !Etcd.IsInstalled ? "no /usr/bin/etcd: apt-get install etcd-server"
        : Store == "PostgreSQL" && Postgres.Programs is null ? "no PostgreSQL in /usr/lib/postgresql: apt-get install postgresql"
        : null);
}

/// <summary>A deployment in namespaces, whose network, members, store and coordinators can be broken.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    /// <summary>JVMs on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private const int ClientPort = 8080;
    private const int AdminPort = 8081;
    private const int PeerPort = 8082;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("segue-fleet-");
    private readonly Stack<IAsyncDisposable> _running = new();
    private readonly HashSet<ICoordinator> _dead = [];
    private readonly HashSet<SegueFront> _frozen = [];
    private readonly HashSet<SegueFront> _ended = [];

    private Fleet(FleetKind kind)
    {
        Kind = kind;
        Lan = new Lan("member1", "member2", "member3", "store1", "store2", "store3", "coordinator1", "coordinator2", "worker1");
    }

    public FleetKind Kind { get; }

    public Lan Lan { get; }

    public FleetStore Store { get; private set; } = null!;

    public IReadOnlyList<SegueFront> Members { get; private set; } = [];

    public IReadOnlyList<ICoordinator> Coordinators { get; private set; } = [];

    /// <summary>Those that neither stand still nor have ended.</summary>
    public IEnumerable<SegueFront> Living => Members.Where(member => !_frozen.Contains(member) && !_ended.Contains(member));

    /// <summary>Every host but the test's own machine.</summary>
    public IEnumerable<Host> Hosts => Lan.Hosts;

    public static async Task<Fleet> StartAsync(FleetKind kind)
    {
        var fleet = new Fleet(kind);
        try
        {
            await fleet.StartAsync();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public async Task<ICoordinator> ActiveAsync()
    {
        var active = (await Living.First().StatusAsync()).Active;
        return Coordinators.Single(coordinator => coordinator.Name == active);
    }

    public async Task<SegueFront> ConductorAsync()
    {
        SegueFront? found = null;
        await Until.TrueAsync(async () =>
        {
            foreach (var member in Living)
            {
                if ((await member.StatusAsync()).Members is { Lease.Standing: "mine" })
                    found = member;
            }
            return found is not null;
        }, Patience, static () => "nobody takes the decisions");
        return found!;
    }

    public async Task KillAsync(ICoordinator coordinator)
    {
        _dead.Add(coordinator);
        await coordinator.KillAsync();
    }

    public void Freeze(SegueFront member)
    {
        _frozen.Add(member);
        member.Process.Freeze();
    }

    public void Thaw(SegueFront member)
    {
        member.Process.Thaw();
        _frozen.Remove(member);
    }

    public void Kill(SegueFront member)
    {
        _ended.Add(member);
        member.Process.Kill();
    }

    public static async Task WaitAsync(string what, IEnumerable<SegueFront> members, Func<ClusterReport, bool> condition)
    {
        foreach (var member in members.ToList())
            await member.WaitAsync(what, Patience, condition);
    }

    /// <summary>Everything works again: waits until all agree, and both coordinators are ready.</summary>
    public async Task HealAsync()
    {
        Lan.Mend();
        foreach (var member in _frozen.ToList())
            Thaw(member);
        await Store.ComeBackAsync();
        foreach (var coordinator in _dead.ToList())
            await coordinator.RestartAsync();
        _dead.Clear();
        foreach (var member in _ended.ToList())
            await member.StartAgainAsync();
        _ended.Clear();
        await WaitAsync("all whole", Members, status => status is { Holding: false, Active: not null }
            && (status.Members is { Store.Standing: "answers", Right.Standing: "session" } members
                ? members.List.Count(static one => one.Ack == "present") == Members.Count
                : Kind.Store == "embedded")
            && status.Coordinators.All(static one => one is { Ready: true, WorkersSeen: 1, LastCanary.Succeeded: true }));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _frozen)
            member.Process.Thaw();
        while (_running.TryPop(out var running))
            await running.DisposeAsync();
        Lan.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task StartAsync()
    {
        Store = Keep(await FleetStore.StartAsync(Kind.Store, [Lan["store1"], Lan["store2"], Lan["store3"]]));
        List<Host> members = Kind.Store == "embedded" ? [Lan["member1"]] : [Lan["member1"], Lan["member2"], Lan["member3"]];
        var balancer = Keep(new Pipe(IPAddress.Parse(Lan.Here), [.. members.Select(static host => new IPEndPoint(IPAddress.Parse(host.Address), ClientPort))], IsReadyAsync));
        var discovery = string.Create(CultureInfo.InvariantCulture, $"http://{Lan.Here}:{balancer.Port}");
        List<(Host Host, int Port)> coordinators = [.. DemoNode.FreePorts(2).Zip([Lan["coordinator1"], Lan["coordinator2"]], static (port, host) => (host, port))];

        var key = KeyFile.Write(_folder);
        Members = [.. members.Select(host => Keep(new SegueFront(
            Kind.Engine,
            coordinators.Select(static one => one.Host.Url(one.Port)),
            Settings(),
            ClientPort, AdminPort,
            (Kind.Store == "embedded" ? "" : $"peers: {host.Url(PeerPort).GetLeftPart(UriPartial.Authority)}\nstore: {Store.Url}\nkey_file: {key}\nmembers: {{ drain: 0s }}\n") + "log: { format: json, level: debug }",
            host)))];
        var started = new List<ICoordinator>();
        foreach (var (host, port) in coordinators)
            started.Add(Keep(await StartCoordinatorAsync(host, port, discovery)));
        Coordinators = started;
        Keep(await StartWorkerAsync(Lan["worker1"], DemoNode.FreePorts(1)[0], discovery));
        await HealAsync();

        async Task<bool> IsReadyAsync(IPEndPoint member)
        {
            var at = Members.FirstOrDefault(one => one.Host.Address == member.Address.ToString());
            return at is not null && await at.IsReadyAsync();
        }
    }

    private string Settings() => $$"""
            discovery: { mode: front }
            health: { unresponsive_after: 4s }
            canary: { interval: 5s, timeout: 5s, warmups: 1 }
        {{(Kind is { IsReal: true, Engine: EngineKind.Trino } ? "    internal_secret: segue-tests" : "")}}
        """;

    private async Task<ICoordinator> StartCoordinatorAsync(Host host, int port, string discovery) => Kind.IsReal
        ? await RealEngine.StartAsync(host, Dialect.Of(Kind.Engine), "coordinator", port, "--discovery", discovery)
        : new RehearsedCoordinator(Dialect.Of(Kind.Engine).Name.ToLowerInvariant(), port, discovery, Path.Combine(_folder.FullName, "tables"), [], host);

    private async Task<IAsyncDisposable> StartWorkerAsync(Host host, int port, string discovery) => Kind.IsReal
        ? await RealEngine.StartAsync(host, Dialect.Of(Kind.Engine), "worker", port, "--discovery", discovery, "--set", "task.info.max-age=1m")
        : SegueProcess.StartAt(host, "rehearse", "worker", "--engine", Dialect.Of(Kind.Engine).Name.ToLowerInvariant(), "--address", host.Address,
            "--port", port.ToString(CultureInfo.InvariantCulture), "--discovery", discovery);

    private T Keep<T>(T running) where T : IAsyncDisposable
    {
        _running.Push(running);
        return running;
    }
}
