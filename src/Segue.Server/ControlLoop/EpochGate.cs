using Segue.Core.Model;

namespace Segue.Server.ControlLoop;

/// <summary>Counts the sends under the epoch that is open, so that a later one begins only after all have ended (R1.3).</summary>
internal sealed class EpochGate(TimeProvider time)
{
    private readonly Lock _lock = new();
    private Open? _open;
    private long _until = long.MaxValue;

    /// <summary>Until when this member may route, by the timestamps of its clock: a process that stood still finds it over at its next send (R1.3, I3).</summary>
    public void MayRouteUntil(Instant? until) => Interlocked.Exchange(ref _until, until is { } instant ? (long)(instant.SinceStart.TotalSeconds * time.TimestampFrequency) : long.MinValue);

    public ISendLease? TryEnter(long epoch, string coordinator)
    {
        lock (_lock)
        {
            if (_open is not { } open || open.Epoch != epoch || open.Coordinator != coordinator || time.GetTimestamp() >= Interlocked.Read(ref _until))
                return null;
            open.Sends++;
            return new Lease(this, open);
        }
    }

    public void OpenTo(long epoch, string coordinator)
    {
        lock (_lock)
            _open = new Open(epoch, coordinator);
    }

    /// <summary>Nothing enters any more; what is under way is revoked after the grace. Completes when all of it was given back.</summary>
    public async Task CloseAsync(TimeSpan grace)
    {
        Open? closed;
        lock (_lock)
        {
            closed = _open;
            _open = null;
            if (closed is null || closed.Sends == 0)
                return;
        }
        if (grace > TimeSpan.Zero)
            await Task.WhenAny(closed.Ended.Task, Task.Delay(grace, time));
        closed.Revoked.Cancel();
        await closed.Ended.Task;
    }

    private void Leave(Open open)
    {
        lock (_lock)
        {
            if (--open.Sends > 0 || ReferenceEquals(_open, open))
                return;
        }
        open.Ended.TrySetResult();
    }

    private sealed class Open(long epoch, string coordinator)
    {
        public long Epoch { get; } = epoch;

        public string Coordinator { get; } = coordinator;

        public int Sends { get; set; }

        // never disposed: leases may outlive the epoch, and without a timer there is nothing to free
        public CancellationTokenSource Revoked { get; } = new();

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Lease(EpochGate gate, Open open) : ISendLease
    {
        private int _left;

        public CancellationToken Revoked => open.Revoked.Token;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                gate.Leave(open);
        }
    }
}
