using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;
using Segue.Server.Upstream;

namespace Segue.Server.Tests.Discovery;

/// <summary>A cluster whose state the test sets by hand.</summary>
internal sealed class FixedCluster : ICluster, IDisposable
{
    private readonly Dictionary<string, CoordinatorClient> _clients = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RoutingSnapshot _current;

    public FixedCluster(EngineKind engine, DiscoveryConfig discovery, params Uri[] coordinators)
    {
        Config = new ClusterConfig
        {
            Name = "main",
            Engine = engine,
            Coordinators = [.. coordinators.Select(uri => new CoordinatorConfig { Url = new Endpoint(uri.Scheme, uri.Host, uri.Port) })],
            Discovery = discovery,
        };
        foreach (var coordinator in Config.Coordinators)
            _clients[coordinator.Name] = new CoordinatorClient(coordinator, new UpstreamTls(Config.Tls), 1 << 20);
        _current = Snapshot(coordinators.FirstOrDefault()?.Authority);
    }

    public ClusterConfig Config { get; }

    public RoutingSnapshot Current => _current;

    public ClusterStatus Status => new()
    {
        Cluster = "main", Engine = Config.Engine, Holding = false, Sentence = "As the test says.", Coordinators = [],
    };

    public CoordinatorClient Client(string name) => _clients[name];

    public void Promote(Uri coordinator)
    {
        _current = Snapshot(coordinator.Authority);
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public async Task ChangedFromAsync(RoutingSnapshot seen, CancellationToken cancellation)
    {
        var changed = _changed.Task;
        if (ReferenceEquals(seen, _current))
            await changed.WaitAsync(cancellation);
    }

    public void ReportFailure(string coordinator, string what) => throw new NotSupportedException();

    public void ReportAnswer(string coordinator, Incarnation? incarnation) => throw new NotSupportedException();

    public Task ConfirmAsync(string coordinator, CancellationToken cancellation) => throw new NotSupportedException();

    public ISendLease? TryEnter(long epoch, string coordinator) => throw new NotSupportedException();

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    private RoutingSnapshot Snapshot(string? active) => new()
    {
        Cluster = "main",
        Epoch = 1,
        OpenTo = active,
        Active = active,
        Reason = "As the test says.",
        Coordinators = Config.Coordinators.ToImmutableDictionary(c => c.Name, c => new CoordinatorRoute
        {
            Name = c.Name,
            Role = c.Name == active ? CoordinatorRole.Active : CoordinatorRole.Standby,
            Liveness = Liveness.Answering,
            Generation = 1,
        }),
    };
}
