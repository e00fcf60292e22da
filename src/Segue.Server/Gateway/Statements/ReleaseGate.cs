using Segue.Core.Model;

namespace Segue.Server.Gateway.Statements;

/// <summary>
/// Lets held statements and recoveries start a few at a time, first seen first, those that already ran last (R6.4): a coordinator that just took
/// over must not get everything at once.
/// </summary>
internal sealed class ReleaseGate(int width)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, (bool RanBefore, Instant FirstSeen)> _waiting = new();
    private int _free = width;

    /// <summary>Waits for a slot, and not for ever; the caller gives it back by disposing it.</summary>
    /// <returns>Null where none was free in time.</returns>
    public async Task<IDisposable?> TryEnterAsync(bool ranBefore, Instant firstSeen, TimeSpan within, TimeProvider time, CancellationToken cancellation)
    {
        if (within <= TimeSpan.Zero)
            return null;
        using var timer = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await EnterAsync(ranBefore, firstSeen, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<IDisposable> EnterAsync(bool ranBefore, Instant firstSeen, CancellationToken cancellation)
    {
        TaskCompletionSource waiter;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return new Slot(this);
            }
            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter, (ranBefore, firstSeen));
        }
        await using (cancellation.Register(() => waiter.TrySetCanceled(cancellation)))
            await waiter.Task;
        return new Slot(this);
    }

    private void Leave()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var next, out _))
            {
                if (next.TrySetResult())
                    return;
            }
            _free++;
        }
    }

    private sealed class Slot(ReleaseGate gate) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (!_left)
                gate.Leave();
            _left = true;
        }
    }
}
