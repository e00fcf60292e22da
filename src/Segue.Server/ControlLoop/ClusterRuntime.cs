using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Probing;
using Segue.Server.Upstream;

namespace Segue.Server.ControlLoop;

/// <summary>One cluster's control plane: probes, decisions, clean-up. The data path sees it as <see cref="ICluster"/>.</summary>
public sealed class ClusterRuntime : ICluster, IAsyncDisposable
{
    private readonly ClusterLoop _loop;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public ClusterRuntime(ClusterConfig config, ClusterServices services)
    {
        _loop = new ClusterLoop(config, services);
        _logger = services.Loggers.CreateLogger<ClusterRuntime>();
    }

    public ClusterConfig Config => _loop.State.Config;

    /// <summary>This member's session with the store, new whenever one had run out; null while there is none.</summary>
    internal long? Session => _loop.State.Member?.Session?.Id;

    /// <summary>A member whose session is over may still route (R1.6).</summary>
    internal bool OthersMayStay => _loop.OthersMayStay;

    public RoutingSnapshot Current => _loop.Snapshots.Current;

    public string? Unfit => _loop.Unfit;

    public ClusterStatus Status => Pictures.Status(_loop.State);

    /// <summary>The members of the deployment; null where this one is all there is.</summary>
    public MembersPicture? Members => _loop.Members;

    /// <summary>Starts probing; returns at once. Statements are held until a coordinator is chosen.</summary>
    public Task StartAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _running = _loop.RunAsync(_stop.Token);
        return Task.CompletedTask;
    }

    /// <summary>Ends every loop; the snapshot stays as it is. Throws what ended the control loop before, if anything did.</summary>
    public async Task StopAsync()
    {
        _stop.Cancel();
        await _running;
    }

    /// <summary>A reload: coordinators are added, removed or changed; the cluster's name must be the same.</summary>
    public void Apply(ClusterConfig config)
    {
        if (config.Name != Config.Name)
            throw new ArgumentException($"this is cluster '{Config.Name}', not '{config.Name}'", nameof(config));
        _loop.Post(new LoopInput.Reload(config));
    }

    /// <summary>The client of one coordinator, for the data path; null for a name that is not configured.</summary>
    public CoordinatorClient? Client(string coordinator) =>
        _loop.Watches.TryGetValue(coordinator, out var watch) ? watch.Client : null;

    /// <summary>Runs Segue's own statements on one coordinator; null for a name that is not configured.</summary>
    internal StatementRunner? Runner(string coordinator) =>
        _loop.Watches.TryGetValue(coordinator, out var watch) ? watch.Runner : null;

    public Task ChangedFromAsync(RoutingSnapshot seen, CancellationToken cancellation) => _loop.Snapshots.ChangedFromAsync(seen, cancellation);

    public void ReportFailure(string coordinator, string what) =>
        _loop.Post(new LoopInput.Seen(coordinator, new Observation.TrafficFailed(what), null, null));

    public void ReportAnswer(string coordinator, Incarnation? incarnation) =>
        _loop.Post(new LoopInput.Seen(coordinator, new Observation.TrafficAnswered(incarnation), null, null));

    public Task ConfirmAsync(string coordinator, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(new LoopInput.Confirm(coordinator, done));
        return done.Task.WaitAsync(cancellation);
    }

    public ISendLease? TryEnter(long epoch, string coordinator)
    {
        var lease = _loop.Gate.TryEnter(epoch, coordinator);
        // within the lease, so that the logs of all members prove the order of epochs (I1)
        if (lease is not null)
            _logger.Sends(Config.Name, coordinator, epoch);
        return lease;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
