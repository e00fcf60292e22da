using Segue.Core.Routing;
using Segue.Server.ControlLoop;

namespace Segue.Server.Gateway;

/// <summary>Breaks off an upstream call as soon as the cluster's state makes it pointless, instead of waiting for a time-out.</summary>
internal sealed class SnapshotWatch : IDisposable
{
    private readonly CancellationTokenSource _broken;
    private readonly Task _watching;

    public SnapshotWatch(ICluster cluster, Func<RoutingSnapshot, bool> pointless, CancellationToken client)
    {
        _broken = CancellationTokenSource.CreateLinkedTokenSource(client);
        _watching = WatchAsync(cluster, pointless, _broken);
    }

    /// <summary>Ends with the client's own, and when the call became pointless.</summary>
    public CancellationToken Cancellation => _broken.Token;

    public void Dispose()
    {
        _broken.Cancel();
        // the watcher only waits on the token that was just cancelled
        _watching.ContinueWith(static (_, source) => ((CancellationTokenSource)source!).Dispose(), _broken, TaskScheduler.Default);
    }

    private static async Task WatchAsync(ICluster cluster, Func<RoutingSnapshot, bool> pointless, CancellationTokenSource broken)
    {
        try
        {
            while (true)
            {
                var snapshot = cluster.Current;
                if (pointless(snapshot))
                {
                    broken.Cancel();
                    return;
                }
                await cluster.ChangedFromAsync(snapshot, broken.Token);
            }
        }
        catch (OperationCanceledException) when (broken.IsCancellationRequested)
        {
            // the call ended first
        }
    }
}
