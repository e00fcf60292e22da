using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Segue.Server.Store;

/// <summary>What one reader of the embedded store is still to be told; a reader that is too slow gets a gap.</summary>
internal sealed class EmbeddedWatch(string prefix)
{
    private const int MaxWaiting = 1024;

    private readonly Channel<StoreChange> _waiting = Channel.CreateBounded<StoreChange>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private volatile bool _gap = true;

    public void Tell(IReadOnlyList<StoreChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Key!.StartsWith(prefix, StringComparison.Ordinal) && !_waiting.Writer.TryWrite(change))
                _gap = true;
        }
    }

    public void Close() => _waiting.Writer.TryComplete();

    public async IAsyncEnumerable<StoreChange> RunAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        do
        {
            if (_gap)
            {
                _gap = false;
                yield return StoreChange.Gap;
            }
            while (_waiting.Reader.TryRead(out var change))
                yield return change;
        }
        while (_gap || await _waiting.Reader.WaitToReadAsync(cancellation));
    }
}
