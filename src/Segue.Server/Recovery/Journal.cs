using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Segue.Core.Model;
using Segue.Core.Recovery.Journal;
using Segue.Server.Store;
using Segue.Server.Telemetry;

namespace Segue.Server.Recovery;

/// <summary>What the journal has of a query; neither where it has nothing.</summary>
/// <param name="Problem">Why that is not known.</param>
internal sealed record JournalFinding(JournalEntry? Entry, string? Problem);

/// <summary>
/// Writes running statements into the store behind the requests (I8): the last state of each, a moment after it was noted, so that what ends sooner costs
/// nothing. A store that is slow or down delays nobody: what waits for it is bounded, and left out past that.
/// </summary>
/// <param name="owner">This process: what it wrote is its own.</param>
internal sealed class Journal(string cluster, string owner, IStore store, JournalSeal seal, SegueMetrics metrics, TimeProvider time, ILogger log) : IAsyncDisposable
{
    /// <summary>What may wait for the store.</summary>
    public const long MaxWaitingBytes = 64 << 20;

    /// <summary>Most statements have ended by then.</summary>
    public static readonly TimeSpan WrittenAfter = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    // other writers of the store wait behind no more than this
    private const int MaxBatch = 64;
    private const long MaxBatchBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LeftBehind> _left = new(StringComparer.Ordinal);
    private readonly Queue<Slot> _removals = [];
    private readonly Queue<Slot> _writes = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _prefix = $"journal/{cluster}/";
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _work = Task.CompletedTask;
    private long _waitingBytes;
    private string? _trouble;
    private bool _full;

    private Instant Now => new(time.GetElapsedTime(0, time.GetTimestamp()));

    /// <param name="clientsStay">How long after the start a client of the process before may come: what nobody came for is removed then.</param>
    public void Start(TimeSpan clientsStay) => _work = Task.WhenAll(WorkAsync(), TidyAsync(clientsStay));

    /// <summary>The query stands so now. Never waits.</summary>
    /// <param name="bytes">What it takes until it is written.</param>
    /// <param name="entry">Asked for only where it is written.</param>
    public void Note(string query, long bytes, Func<JournalEntry> entry)
    {
        lock (_gate)
        {
            var known = _slots.TryGetValue(query, out var slot);
            slot ??= new Slot(query, 0);
            SetWanted_NeedsLock(slot, null, 0);
            if (_waitingBytes + bytes > MaxWaitingBytes)
            {
                LeaveOut_NeedsLock();
                return;
            }
            _full = false;
            slot.Remove = false;
            SetWanted_NeedsLock(slot, entry, bytes);
            if (!known)
                _slots.Add(query, slot);
            Enqueue_NeedsLock(slot, WrittenAfter);
        }
    }

    /// <summary>The query has ended: nothing may begin it again. Never waits.</summary>
    public void Forget(string query)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(query, out var slot))
                return;
            SetWanted_NeedsLock(slot, null, 0);
            if (slot is { Version: 0, Busy: false })
                _slots.Remove(query);
            else if (!slot.Remove)
            {
                slot.Remove = true;
                _removals.Enqueue(slot);
                _more.TrySetResult();
            }
        }
    }

    /// <summary>What a process before knew of a query. From here on its entry ends with it.</summary>
    public async Task<JournalFinding> FindAsync(string query)
    {
        Slot slot;
        lock (_gate)
        {
            _left.Remove(query);
            slot = _slots.GetValueOrDefault(query) ?? (_slots[query] = new Slot(query, null));
        }
        var read = await store.ReadAsync(_prefix + query, CancellationToken.None);
        if (!read.Succeeded)
            return new JournalFinding(null, read.Detail ?? read.Error.ToString());
        lock (_gate)
        {
            slot.Version ??= read.Value?.Version ?? 0;
            if (slot is { Version: 0, Wanted: null, Busy: false })
                _slots.Remove(query);
        }
        if (read.Value is not { } stored)
            return new JournalFinding(null, null);
        var entry = seal.Open(query, stored.Value.Span);
        if (entry is null)
            RecoveryLog.JournalUnreadable(log, 1);
        return new JournalFinding(entry, null);
    }

    /// <summary>Writes of a process before, whose clients may still come, on a coordinator (R8.1).</summary>
    public IEnumerable<string> LeftOn(string coordinator)
    {
        lock (_gate)
            return [.. _left.Values.Where(left => left.MayHaveEffects && left.Coordinator == coordinator).Select(static left => left.QueryId)];
    }

    /// <summary>Writes what still waits, once: clients go on behind a restart.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        _more.TrySetResult();
        try
        {
            await FinishAsync().WaitAsync(LastPatience, time);
        }
        catch (TimeoutException)
        {
            RecoveryLog.JournalFails(log, cluster, $"it did not answer within {LastPatience.TotalSeconds:0} s.");
        }
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            var (batch, next) = Take(all: false);
            await Task.WhenAll(batch.Select(CarryOutAsync));
            if (_stopping.IsCancellationRequested)
                return;
            // a store that fails is tried now and then, with one
            if (batch.Count > 0 && _trouble is not null)
                await Task.WhenAny(Task.Delay(RetryAfter, time, _stopping.Token));
            else if (batch.Count == 0)
                await (next is { } due ? Task.WhenAny(_more.Task, Task.Delay(due, time, _stopping.Token)) : _more.Task);
        }
    }

    private async Task FinishAsync()
    {
        await _work;
        // each once: what failed waits for a time that does not come any more
        int left;
        lock (_gate)
            left = _removals.Count + _writes.Count;
        while (left > 0)
        {
            var (batch, _) = Take(all: true);
            if (batch.Count == 0)
                return;
            left -= batch.Count;
            await Task.WhenAll(batch.Select(CarryOutAsync));
        }
    }

    /// <summary>What is to be done now; else for how long there is nothing, null for until somebody says so.</summary>
    private (List<Slot> Batch, TimeSpan? Next) Take(bool all)
    {
        var batch = new List<Slot>();
        var most = _trouble is null ? MaxBatch : 1;
        var now = Now;
        lock (_gate)
        {
            while (batch.Count < most && _removals.TryDequeue(out var slot))
                Begin_NeedsLock(slot, batch);
            var bytes = 0L;
            while (batch.Count < most && bytes < MaxBatchBytes && _writes.TryPeek(out var slot) && (all || slot.Due <= now))
            {
                _writes.Dequeue();
                slot.Queued = false;
                bytes += slot.Bytes;
                Begin_NeedsLock(slot, batch);
            }
            if (_more.Task.IsCompleted)
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (batch, _writes.TryPeek(out var first) ? Positive(first.Due - now) : null);
        }
    }

    private static void Begin_NeedsLock(Slot slot, List<Slot> batch)
    {
        if (slot.Busy || (!slot.Remove && slot.Wanted is null))
            return;
        slot.Busy = true;
        batch.Add(slot);
    }

    private async Task CarryOutAsync(Slot slot)
    {
        Func<JournalEntry>? entry;
        long bytes;
        long? version;
        lock (_gate)
        {
            (entry, bytes, version) = (slot.Remove ? null : slot.Wanted, slot.Bytes, slot.Version);
            SetWanted_NeedsLock(slot, null, 0);
        }
        var outcome = await CarryOutAsync(slot.Query, entry, version);
        lock (_gate)
        {
            slot.Busy = false;
            slot.Version = outcome.Succeeded ? outcome.Value : null;
            if (outcome.Error == StoreError.Conflict)
                // another member follows the query since
                Drop_NeedsLock(slot);
            else if (!outcome.Succeeded)
            {
                // what was noted meanwhile stands in its place
                if (!slot.Remove && slot.Wanted is null)
                    SetWanted_NeedsLock(slot, entry, bytes);
                Enqueue_NeedsLock(slot, RetryAfter);
            }
            else if (entry is null && slot.Wanted is null)
                Drop_NeedsLock(slot);
        }
        if (outcome.Error != StoreError.Conflict)
            Say(outcome.Succeeded ? null : outcome.Detail ?? outcome.Error.ToString());
        metrics.Journaled(cluster, !outcome.Succeeded ? "failed" : entry is null ? "removed" : "written");
    }

    /// <returns>The version that the store has then.</returns>
    private async Task<StoreResult<long>> CarryOutAsync(string query, Func<JournalEntry>? entry, long? version)
    {
        var key = _prefix + query;
        if (version is null)
        {
            // what became of the last write is not known
            var read = await store.ReadAsync(key, CancellationToken.None);
            if (!read.Succeeded)
                return new(0, read.Error, read.Detail);
            version = read.Value?.Version ?? 0;
        }
        if (entry is not null)
            return await store.WriteAsync(key, seal.Seal(query, entry(), RandomNumberGenerator.GetBytes(JournalSeal.NonceSize)), version.Value, CancellationToken.None);
        if (version == 0)
            return new(0, StoreError.None, null);
        var deleted = await store.DeleteAsync(key, version.Value, CancellationToken.None);
        return new(0, deleted.Error, deleted.Detail);
    }

    /// <summary>Looks at what the process before left behind, and removes it when its clients have had their time.</summary>
    private async Task TidyAsync(TimeSpan clientsStay)
    {
        var end = Now + clientsStay;
        try
        {
            while (!await ReadLeftBehindAsync())
                await Task.Delay(RetryAfter, time, _stopping.Token);
            await Task.Delay(Positive(end - Now), time, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        lock (_gate)
        {
            foreach (var (query, left) in _left)
            {
                var slot = new Slot(query, left.Version) { Remove = true };
                if (_slots.TryAdd(query, slot))
                    _removals.Enqueue(slot);
            }
            _left.Clear();
            _more.TrySetResult();
        }
    }

    private async Task<bool> ReadLeftBehindAsync()
    {
        var all = await store.ListAsync(_prefix, _stopping.Token);
        if (!all.Succeeded)
            return false;
        var unreadable = 0;
        foreach (var stored in all.Value)
        {
            var query = stored.Key[_prefix.Length..];
            var entry = seal.Open(query, stored.Value.Span);
            if (entry is null)
                unreadable++;
            lock (_gate)
            {
                if (entry?.Owner != owner && !_slots.ContainsKey(query))
                    _left[query] = new LeftBehind(stored.Version, entry?.Run.Coordinator ?? "", entry?.Run.QueryId ?? "", entry?.MayHaveEffects ?? false);
            }
        }
        if (unreadable > 0)
            RecoveryLog.JournalUnreadable(log, unreadable);
        return true;
    }

    private void SetWanted_NeedsLock(Slot slot, Func<JournalEntry>? entry, long bytes)
    {
        _waitingBytes += bytes - slot.Bytes;
        (slot.Wanted, slot.Bytes) = (entry, bytes);
    }

    private void Drop_NeedsLock(Slot slot)
    {
        SetWanted_NeedsLock(slot, null, 0);
        slot.Remove = false;
        _slots.Remove(slot.Query);
    }

    private void Enqueue_NeedsLock(Slot slot, TimeSpan after)
    {
        if (slot.Queued)
            return;
        slot.Queued = true;
        slot.Due = Now + after;
        _writes.Enqueue(slot);
        if (_writes.Count == 1)
            _more.TrySetResult();
    }

    private void LeaveOut_NeedsLock()
    {
        metrics.Journaled(cluster, "left_out");
        if (!_full)
            RecoveryLog.JournalFull(log, cluster, MaxWaitingBytes >> 20);
        _full = true;
    }

    /// <summary>Once, until it is otherwise.</summary>
    private void Say(string? problem)
    {
        var before = Interlocked.Exchange(ref _trouble, problem);
        if (problem is not null && before is null)
            RecoveryLog.JournalFails(log, cluster, problem);
        else if (problem is null && before is not null)
            RecoveryLog.JournalWorksAgain(log, cluster);
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    /// <summary>What is to become of one entry.</summary>
    /// <param name="version">Of what the store has; 0 for nothing, null where that is not known.</param>
    private sealed class Slot(string query, long? version)
    {
        public string Query => query;

        public long? Version { get; set; } = version;

        /// <summary>What is to be written; null where nothing is.</summary>
        public Func<JournalEntry>? Wanted { get; set; }

        public long Bytes { get; set; }

        public bool Remove { get; set; }

        public bool Queued { get; set; }

        public Instant Due { get; set; }

        /// <summary>The store is asked.</summary>
        public bool Busy { get; set; }
    }

    private readonly record struct LeftBehind(long Version, string Coordinator, string QueryId, bool MayHaveEffects);
}
