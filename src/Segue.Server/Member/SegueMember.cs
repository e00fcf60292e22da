using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Core.Recovery.Journal;
using Segue.Core.Routing;
using Segue.Server.Admin;
using Segue.Server.Commands;
using Segue.Server.ControlLoop;
using Segue.Server.Discovery;
using Segue.Server.Gateway;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Owners;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Statements;
using Segue.Server.Members;
using Segue.Server.Members.Passing;
using Segue.Server.Recovery;
using Segue.Server.Store;
using Segue.Server.Telemetry;

namespace Segue.Server.Member;

/// <summary>One running Segue: store, control loop, discovery front, gateway and admin port, started in that order and ended in reverse.</summary>
public sealed class SegueMember : IAsyncDisposable
{
    /// <summary>A poll in flight ends by itself within the long poll.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly Stack<Func<ValueTask>> _ends = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private ClusterRuntime? _cluster;
    private Func<Task> _drain = static () => Task.CompletedTask;
    private RoleHooks? _hooks;
    private WebApplication? _clients;

    private SegueMember(TimeProvider time, ILoggerFactory loggers)
    {
        _time = time;
        _loggers = loggers;
    }

    /// <summary>Where clients reach it; the port is the real one where port 0 was asked for.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _clients!.Urls.Select(static url => new Uri(url))];

    /// <summary>Throws <see cref="StoreStartException"/> for the data directory and <see cref="IOException"/> for a port that is taken.</summary>
    public static async Task<SegueMember> StartAsync(SegueConfig config, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation)
    {
        var member = new SegueMember(time, loggers);
        try
        {
            await member.StartAsync(config, cancellation);
            return member;
        }
        catch
        {
            await member.DisposeAsync();
            throw;
        }
    }

    /// <summary>A reload; what needs a restart was said by the watcher, and stays as it was.</summary>
    public void Apply(SegueConfig config)
    {
        _hooks!.Apply(config.Hooks);
        var (now, next) = (_cluster!.Config, config.Clusters[0]);
        _cluster.Apply(next with
        {
            Name = now.Name,
            Engine = now.Engine,
            Discovery = next.Discovery.Mode == now.Discovery.Mode ? now.Discovery with { Standby = next.Discovery.Standby } : now.Discovery,
        });
    }

    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _drain();
        while (_ends.TryPop(out var end))
            await end();
        _stopping.Dispose();
    }

    private async Task StartAsync(SegueConfig config, CancellationToken cancellation)
    {
        var startedAt = _time.GetUtcNow();
        var owner = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var metrics = Ends(new SegueMetrics());
        // before anything is measured: what came earlier is not counted
        var text = Ends(new PrometheusText(metrics));
        var directory = Ends(DataDirectory.Open(config.DataDirectory, SharedStore.KeysOf(config.Store)));
        var store = Ends(await SharedStore.OpenAsync(config.Store, directory, _loggers, _time, cancellation));
        var shared = config.Store.Url.Kind != StoreKind.Embedded;
        var deployment = shared ? await SharedStore.DeploymentOfAsync(store, directory, cancellation) : directory.DeploymentId;
        var membership = shared ? await JoinAsync(config, new MemberIdentity(owner, directory.MemberName), store, directory, deployment, cancellation) : null;
        var history = Ends(await History.OpenAsync(
            store, shared ? store : null, new HistoryAuthor(owner, shared ? Environment.MachineName : null), _time, _loggers.CreateLogger<History>(), cancellation));
        var hooks = _hooks = Ends(new RoleHooks(config.Hooks, owner, history, metrics, _loggers, _time));

        HandleBook? book = null;
        DiscoveryFront? front = null;
        var cluster = Ends(new ClusterRuntime(config.Clusters[0], new ClusterServices
        {
            DeploymentId = deployment,
            Store = store,
            Membership = membership,
            History = history,
            Census = () => book,
            Workers = () => front?.Workers ?? [],
            Hooks = hooks,
            Time = _time,
            Metrics = metrics,
            Loggers = _loggers,
            HeaderBytes = config.Limits.HeaderBytes,
        }));
        _cluster = cluster;
        var ended = Ends(EndedQueries.Open(directory.EndedFile, _time, _loggers.CreateLogger<EndedQueries>()));
        var journal = Ends(new Journal(
            cluster.Config.Name, owner, store, new JournalSeal(directory.Keys, deployment, cluster.Config.Name), ended, metrics, _time,
            _loggers.CreateLogger<Journal>()));
        var spool = new RowSpool(directory.SpoolDirectory);
        book = new HandleBook(cluster.Config.Hold, spool, journal);
        var discovery = front = Ends(new DiscoveryFront(cluster, cluster.Client, store, metrics, _time, _loggers));
        if (membership is not null)
            discovery.ShareWith(new NodeTalk(membership.Peers, membership.Listener));
        var health = new SegueHealth([cluster], _stopping.Token);
        var writes = new WriteRecovery(cluster, cluster.Runner, store, new IcebergOutcomeProbe(), _time, _loggers.CreateLogger<WriteRecovery>());
        var others = membership is null ? null : new OtherMembers(
            new MemberList(membership.Peers, membership.Records),
            Ends(new PassSender(owner, new MemberList(membership.Peers, membership.Records), membership.Seal, config.Peers, config.Limits.HeaderBytes, book.Memory, _time)),
            () => cluster.Session,
            () => cluster.OthersMayStay,
            membership.Times.Ttl);
        var services = new GatewayServices
        {
            Cluster = cluster,
            Coordinator = cluster.Client,
            Seal = new TokenSeal(directory.Keys, deployment, cluster.Config.Name),
            Calls = new UpstreamCall([.. config.TrustedProxies.Select(static cidr => IPNetwork.Parse(cidr))]),
            Book = book,
            Spool = spool,
            Release = new ReleaseGate(cluster.Config.Hold.Release),
            Limits = config.Limits,
            Time = _time,
            Metrics = metrics,
            Log = _loggers.CreateLogger<Gateway.Gateway>(),
            Writes = writes,
            Journal = journal,
            Owner = owner,
            Others = others,
        };

        journal.Start(HandleBook.VanishedAfter, membership is null ? null : new JournalMembers(store, id => id == owner || membership.Peers.Addresses.ContainsKey(id)));
        await discovery.StartAsync(cancellation);
        await cluster.StartAsync(cancellation);
        var gateway = new Gateway.Gateway(services, discovery, health);
        var sources = new AdminSources
        {
            StartedAt = startedAt,
            DeploymentId = deployment,
            Member = owner,
            Clusters = [Shown(cluster, book, discovery, services)],
            Others = others?.Pass,
            History = history,
            Time = _time,
        };
        if (membership is not null)
            TakePasses(membership, gateway, cluster, new MemberAnswers(new OwnQueries(sources.Clusters, _time)));
        await OpenClientPortAsync(config, gateway, cancellation);
        ClusterGauges.Register(metrics, sources.Clusters, startedAt);
        Ends(await AdminHost.StartAsync(config.Admin, config.Certificate, new AdminEndpoints(sources, health, text), _loggers, _time, cancellation));
        if (config.OtlpEndpoint is { } collector)
            Ends(OtlpExport.Start(collector, owner));
        if (membership is not null)
            _drain = () => membership.Peers.Addresses.IsEmpty ? Task.CompletedTask : Task.Delay(config.Members.Drain, _time);
        var sweeping = SweepAsync(services, history, _stopping.Token);
        _ends.Push(async () =>
        {
            _stopping.Cancel();
            await sweeping;
        });
        // the ports are open: an address may come
        hooks.Start();
    }

    private static AdminCluster Shown(ClusterRuntime cluster, HandleBook book, DiscoveryFront discovery, GatewayServices services) =>
        new(cluster, book, () => discovery.Nodes, new QueryDesk(services)) { Members = () => cluster.Members };

    private async Task<MembershipSetup> JoinAsync(SegueConfig config, MemberIdentity me, ISessionStore store, DataDirectory directory, string deployment, CancellationToken cancellation)
    {
        var (cluster, logger) = (config.Clusters[0].Name, _loggers.CreateLogger<PeerNetwork>());
        if (config is { Listen.Scheme: "https", Peers.Listen.Scheme: "http" })
            logger.PassesInClear(config.Peers.Listen.ToString());
        var acks = new AckFile(directory.AckFile, deployment, cluster, logger);
        var acked = acks.Read();
        var seal = new PeerSeal(directory.Keys, deployment);
        var listener = Ends(new PeerListener(me.Id, seal, logger));
        await listener.StartAsync(config.Peers.Listen, config.Certificate, config.Limits.HeaderBytes, _loggers, _time, cancellation);
        var peers = new PeerNetwork(me, cluster, seal, PeerNetwork.Client(config.Peers), config.Members.ReportLife, _time, logger);
        var records = new MemberRecords(me, cluster, PeerNetwork.AddressOf(config.Peers, listener.Port), acked, store, config.Members, _time, logger);
        return new MembershipSetup(me, config.Members, acks, acked, records, peers, listener, seal, directory.GiveUpName, _time);
    }

    /// <summary>Other members pass on what is about this one's queries, until it ends.</summary>
    private void TakePasses(MembershipSetup membership, Gateway.Gateway gateway, ICluster cluster, MemberAnswers questions)
    {
        var receiver = new PassReceiver(
            membership.Me.Id, membership.Seal, gateway.Follows, gateway.HandleAsync, () => cluster.Unfit is null, questions, _loggers.CreateLogger<PassReceiver>());
        membership.Listener.Pass = receiver.HandleAsync;
        // before the journal has its last word: what is begun behind that would not be in it
        _ends.Push(async () => await Task.WhenAny(receiver.LeaveAsync(), Task.Delay(StopPatience, _time)));
    }

    private async Task OpenClientPortAsync(SegueConfig config, Gateway.Gateway gateway, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(_loggers);
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = StopPatience);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => ClientListener.ConfigureKestrel(kestrel, config, _loggers, _time));
        var application = builder.Build();
        ((IApplicationBuilder)application).Run(gateway.HandleAsync);
        _clients = application;
        _ends.Push(application.DisposeAsync);
        await application.StartAsync(cancellation);
        _ends.Push(async () => await application.StopAsync(CancellationToken.None));
    }

    private async Task SweepAsync(GatewayServices services, IHistory history, CancellationToken cancellation)
    {
        var teller = new RecoveryTeller(services, history);
        using var timer = new PeriodicTimer(SweepInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                foreach (var handle in services.Book.Sweep(services.Now))
                    GatewayLog.Vanished(services.Log, handle.Id);
                teller.Look();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // the ordinary end
        }
    }

    private T Ends<T>(T part)
    {
        _ends.Push(part switch
        {
            IAsyncDisposable asynchronous => asynchronous.DisposeAsync,
            IDisposable plain => () =>
            {
                plain.Dispose();
                return ValueTask.CompletedTask;
            },
            _ => throw new ArgumentException($"{typeof(T).Name} has no end", nameof(part)),
        });
        return part;
    }
}
