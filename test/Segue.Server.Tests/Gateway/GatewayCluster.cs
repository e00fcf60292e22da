using System.Collections.Concurrent;
using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;
using Segue.Server.Upstream;

namespace Segue.Server.Tests.Gateway;

/// <summary>A cluster as the data path sees it, whose state the test sets by hand; the gate of its epochs is the real one.</summary>
internal sealed class GatewayCluster : ICluster, IDisposable
{
    private readonly Dictionary<string, CoordinatorClient> _clients = [];
    private readonly EpochGate _gate = new(TimeProvider.System);
    private readonly SnapshotCell _snapshots;

    public GatewayCluster(ClusterConfig config, IEnumerable<ScriptedEngine> engines)
    {
        Config = config;
        foreach (var coordinator in config.Coordinators)
            _clients[coordinator.Name] = new CoordinatorClient(coordinator, new UpstreamTls(config.Tls), 1 << 20);
        _snapshots = new SnapshotCell(new RoutingSnapshot
        {
            Cluster = config.Name,
            Epoch = 0,
            Reason = "Nobody was chosen yet.",
            Coordinators = engines.ToImmutableDictionary(engine => engine.Name, engine => new CoordinatorRoute
            {
                Name = engine.Name,
                Role = CoordinatorRole.Standby,
                Liveness = Liveness.Answering,
                Generation = 1,
                Incarnation = new Incarnation(engine.Incarnation),
            }),
        });
    }

    public ClusterConfig Config { get; }

    public RoutingSnapshot Current => _snapshots.Current;

    public ClusterStatus Status => throw new NotSupportedException();

    public string? Unfit { get; set; }

    public ConcurrentQueue<string> Failures { get; } = [];

    /// <summary>What a probe finds when the data path asks for one.</summary>
    public Action<string> OnConfirm { get; set; } = static _ => { };

    public CoordinatorClient? Client(string name) => _clients.GetValueOrDefault(name);

    /// <summary>A new epoch with this coordinator; null for a hold.</summary>
    public void Open(ScriptedEngine? engine)
    {
        _ = _gate.CloseAsync(TimeSpan.Zero);
        var epoch = Current.Epoch + 1;
        if (engine is not null)
            _gate.OpenTo(epoch, engine.Name);
        _snapshots.Publish(Current with { Epoch = epoch, OpenTo = engine?.Name, Active = engine?.Name, Reason = "As the test says." });
    }

    public void Change(ScriptedEngine engine, Func<CoordinatorRoute, CoordinatorRoute> change) =>
        _snapshots.Publish(Current with { Coordinators = Current.Coordinators.SetItem(engine.Name, change(Current.Coordinators[engine.Name])) });

    public void Lose(ScriptedEngine engine) => Change(engine, route => route with { Liveness = Liveness.Dead, Deposed = true });

    public Task ChangedFromAsync(RoutingSnapshot seen, CancellationToken cancellation) => _snapshots.ChangedFromAsync(seen, cancellation);

    public void ReportFailure(string coordinator, string what) => Failures.Enqueue($"{coordinator}: {what}");

    public void ReportAnswer(string coordinator, Incarnation? incarnation)
    {
    }

    public Task ConfirmAsync(string coordinator, CancellationToken cancellation)
    {
        OnConfirm(coordinator);
        return Task.CompletedTask;
    }

    public ISendLease? TryEnter(long epoch, string coordinator) => _gate.TryEnter(epoch, coordinator);

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }
}
