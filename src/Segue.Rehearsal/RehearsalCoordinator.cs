using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Rehearsal.Discovery;
using Segue.Rehearsal.Hosting;
using Segue.Rehearsal.Info;
using Segue.Rehearsal.Sql;
using Segue.Rehearsal.Statements;
using Segue.Rehearsal.Tasks;

namespace Segue.Rehearsal;

/// <summary>A stand-in coordinator: the engine's protocol in front of SQLite.</summary>
public sealed class RehearsalCoordinator : RehearsalNode
{
    /// <summary>Time in which clients still fetch the news of a shutdown.</summary>
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromMilliseconds(250);

    private readonly QueryRegistry _queries;
    private readonly Database _database;
    private readonly Transactions _transactions;
    private readonly Cluster _cluster;
    private readonly EmbeddedDiscovery _embedded;
    private readonly TrinoInventory _inventory;
    private readonly InfoEndpoint _info;
    private readonly QueryEndpoint _queryEndpoint;
    private readonly StatementEndpoint _statements;

    private RehearsalCoordinator(RehearsalOptions options)
        : base(options)
    {
        _queries = new QueryRegistry(options.Engine, options.Time);
        _database = new Database(options.Data);
        _transactions = new Transactions(_database);
        _cluster = new Cluster(options, Http, Bearer);
        _embedded = new EmbeddedDiscovery(options);
        _inventory = new TrinoInventory(options, Http, _cluster, Bearer);
        _info = new InfoEndpoint(options, _queries.Incarnation);
        _queryEndpoint = new QueryEndpoint(_queries, _cluster);
        var runner = new StatementRunner(options.Engine, _database, _transactions, new RowPump(options), new SystemTables(Nodes, _queries));
        _statements = new StatementEndpoint(options, _queries, new QueryExecution(options, _cluster, runner, () => _info.Starting));
    }

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<RehearsalCoordinator> StartAsync(RehearsalOptions options, CancellationToken cancellation = default)
    {
        var coordinator = new RehearsalCoordinator(options);
        await coordinator.ListenAsync(cancellation);
        coordinator.Discover();
        return coordinator;
    }

    /// <summary>Fails what runs with SERVER_SHUTTING_DOWN, lets clients read it, and closes (protocol.md §5).</summary>
    public override async Task StopAsync(CancellationToken cancellation = default)
    {
        _info.ShuttingDown = true;
        foreach (var query in _queries.All)
            query.Fail(QueryError.ShuttingDown());
        await Task.Delay(ShutdownGrace, Options.Time, cancellation);
        await base.StopAsync(cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _transactions.Dispose();
        _database.Dispose();
    }

    private protected override void OnKilled()
    {
        foreach (var query in _queries.All)
            query.Fail(QueryError.ShuttingDown());
    }

    private protected override async Task HandleAsync(HttpContext http, string path)
    {
        if (Options.Engine == EngineKind.Trino && http.Request.Headers.Keys.Any(name => name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)))
            await Answer.StatusAsync(http, 406);
        else if (path.StartsWith("/v1/statement", StringComparison.Ordinal))
            await _statements.HandleAsync(http);
        else if (path.StartsWith("/v1/info", StringComparison.Ordinal) || path == "/v1/status")
            await _info.HandleAsync(http, path);
        else if (Below(path, "/v1/query") is { } query)
            await _queryEndpoint.HandleAsync(http, query);
        else if (path == "/v1/cluster" && Options.Engine == EngineKind.Presto)
            await _queryEndpoint.HandleClusterAsync(http);
        // no https port: this is how a coordinator is seen to have no authentication
        else if (path.EndsWith("/DaysUntilCertificateExpiration", StringComparison.Ordinal) && Options.Engine == EngineKind.Presto)
            await Answer.StatusAsync(http, 204);
        else if (path == "/metrics" && Options.Engine == EngineKind.Trino)
            await Answer.TextAsync(http, 200, "io_airlift_http_server_name_HttpServer_HttpConnectionStats_TotalConnectionCount 1.0\n# EOF\n");
        else if (path == "/v1/announce" && Options.Engine == EngineKind.Trino)
            await _inventory.HandleAsync(http);
        else if (HostsDiscovery && Below(path, "/v1/announcement") is { } node)
            await _embedded.HandleAnnouncementAsync(http, node);
        else if (HostsDiscovery && Below(path, "/v1/service") is { } service)
            await _embedded.HandleServiceAsync(http, service);
        else if (path.StartsWith("/ui", StringComparison.Ordinal))
            await Answer.TextAsync(http, 200, $"{Options.NodeId}, coordinator {_queries.Incarnation}: {_queries.Running} running, {_queries.Queued} queued\n");
        else
            await Answer.StatusAsync(http, 404);
    }

    private bool HostsDiscovery => Options is { Engine: EngineKind.Presto, Discovery: null };

    private IReadOnlyList<Node> Nodes() =>
        [new Node(Options.NodeId, Self, Versions.Of(Options.Engine), Coordinator: true), .. _cluster.Workers];

    private void Discover()
    {
        if (Options.Engine == EngineKind.Trino)
        {
            InBackground(_inventory.WatchAsync);
            return;
        }
        var discovery = new ClassicDiscovery(Options, Http, Options.Discovery ?? Self, Self, new Announcement(Options, coordinator: true));
        InBackground(discovery.AnnounceAsync);
        InBackground(stopped => discovery.LookUpAsync(_cluster, stopped));
        OnStop(discovery.UnannounceAsync);
    }
}
