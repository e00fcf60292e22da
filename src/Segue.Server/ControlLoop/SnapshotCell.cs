using Segue.Core.Routing;

namespace Segue.Server.ControlLoop;

/// <summary>The current snapshot, swapped whole, and the wake-up of those who wait for the next one.</summary>
internal sealed class SnapshotCell(RoutingSnapshot first)
{
    private volatile Entry _entry = new(first);

    public RoutingSnapshot Current => _entry.Snapshot;

    /// <summary>One writer. A snapshot that says the same is not swapped in, so that nobody wakes for nothing.</summary>
    public void Publish(RoutingSnapshot next)
    {
        var old = _entry;
        if (SaysTheSame(old.Snapshot, next))
            return;
        _entry = new Entry(next);
        old.Replaced.SetResult();
    }

    public Task ChangedFromAsync(RoutingSnapshot seen, CancellationToken cancellation)
    {
        var entry = _entry;
        return ReferenceEquals(entry.Snapshot, seen) ? entry.Replaced.Task.WaitAsync(cancellation) : Task.CompletedTask;
    }

    private static bool SaysTheSame(RoutingSnapshot left, RoutingSnapshot right) =>
        left with { Coordinators = right.Coordinators } == right
        && left.Coordinators.Count == right.Coordinators.Count
        && left.Coordinators.All(pair => right.Coordinators.TryGetValue(pair.Key, out var route) && route == pair.Value);

    private sealed class Entry(RoutingSnapshot snapshot)
    {
        public RoutingSnapshot Snapshot { get; } = snapshot;

        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
