using System.Runtime.CompilerServices;

namespace Segue.Server.Store;

/// <summary>The life of a watch over the network.</summary>
internal static class StoreChanges
{
    /// <param name="next">What came meanwhile, often nothing; it outlives the store's troubles itself.</param>
    /// <param name="leave">Frees what it reads from.</param>
    /// <param name="closed">Ends it; <paramref name="cancellation"/> throws.</param>
    public static async IAsyncEnumerable<StoreChange> WatchAsync(
        Func<CancellationToken, Task<List<StoreChange>>> next, Action leave, CancellationToken closed, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(closed, cancellation);
        try
        {
            while (!closed.IsCancellationRequested)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (var change in await next(stop.Token))
                    yield return change;
            }
        }
        finally
        {
            leave();
        }
    }
}
