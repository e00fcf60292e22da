using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Upstream;

namespace Segue.Server.ControlLoop;

/// <summary>One cluster's control plane: probes, decisions, clean-up. The data path sees it as <see cref="ICluster"/>.</summary>
public sealed class ClusterRuntime : ICluster, IAsyncDisposable
{
    public ClusterRuntime(ClusterConfig config, ClusterServices services) => throw new NotImplementedException();

    public ClusterConfig Config => throw new NotImplementedException();

    public RoutingSnapshot Current => throw new NotImplementedException();

    public ClusterStatus Status => throw new NotImplementedException();

    /// <summary>Starts probing; returns at once. Statements are held until a coordinator is chosen.</summary>
    public Task StartAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Ends every loop; the snapshot stays as it is.</summary>
    public Task StopAsync() => throw new NotImplementedException();

    /// <summary>A reload: coordinators are added, removed or changed; the cluster's name must be the same.</summary>
    public void Apply(ClusterConfig config) => throw new NotImplementedException();

    /// <summary>The client of one coordinator, for the data path; null for a name that is not configured.</summary>
    public CoordinatorClient? Client(string coordinator) => throw new NotImplementedException();

    public Task ChangedFromAsync(RoutingSnapshot seen, CancellationToken cancellation) => throw new NotImplementedException();

    public void ReportFailure(string coordinator, string what) => throw new NotImplementedException();

    public void ReportAnswer(string coordinator, Incarnation? incarnation) => throw new NotImplementedException();

    public Task ConfirmAsync(string coordinator, CancellationToken cancellation) => throw new NotImplementedException();

    public ISendLease? TryEnter(long epoch, string coordinator) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
