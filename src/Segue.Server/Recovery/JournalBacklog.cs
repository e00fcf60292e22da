using Segue.Core.Model;
using Segue.Core.Recovery.Journal;

namespace Segue.Server.Recovery;

/// <summary>One thing for the store to do.</summary>
/// <param name="Entry">Null where the entry is to be removed.</param>
/// <param name="Version">Of what the store has; 0 for nothing, null where that is not known.</param>
internal readonly record struct JournalWork(JournalSlot Slot, Func<JournalEntry>? Entry, long Bytes, long? Version);

/// <summary>What waits for the store: the last state of each query, in the order of the first that waits. Nothing here waits itself.</summary>
internal sealed class JournalBacklog
{
    /// <summary>What may wait.</summary>
    public const long MaxBytes = 64 << 20;

    // other writers of the store wait behind no more than this
    private const int MaxBatch = 64;
    private const long MaxBatchBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, JournalSlot> _slots = new(StringComparer.Ordinal);
    private readonly Queue<JournalSlot> _removals = [];
    private readonly Queue<JournalSlot> _writes = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytes;

    /// <summary>Done when there may be more to take than at the last <see cref="Take"/>.</summary>
    public Task More => _more.Task;

    public int Waiting
    {
        get
        {
            lock (_gate)
                return _removals.Count + _writes.Count;
        }
    }

    public void Wake() => _more.TrySetResult();

    /// <returns>False where it has no room: then the store keeps what it has.</returns>
    public bool TryNote(string query, long bytes, Func<JournalEntry> entry, Instant due)
    {
        lock (_gate)
        {
            var known = _slots.TryGetValue(query, out var slot);
            slot ??= new JournalSlot(query, 0);
            Want(slot, null, 0);
            if (_bytes + bytes > MaxBytes)
                return false;
            slot.Remove = false;
            Want(slot, entry, bytes);
            if (!known)
                _slots.Add(query, slot);
            Enqueue(slot, due);
            return true;
        }
    }

    /// <summary>The store has something of it, or may have.</summary>
    public bool Has(string query)
    {
        lock (_gate)
            return _slots.TryGetValue(query, out var slot) && slot is not { Version: 0, Busy: false };
    }

    public void Forget(string query)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(query, out var slot))
                return;
            Want(slot, null, 0);
            if (slot is { Version: 0, Busy: false })
                _slots.Remove(query);
            else if (!slot.Remove)
                Remove(slot);
        }
    }

    /// <summary>An entry is somebody else's.</summary>
    public void Leave(string query)
    {
        lock (_gate)
        {
            if (_slots.TryGetValue(query, out var slot))
                Drop(slot);
        }
    }

    /// <summary>Removes an entry that nobody here follows.</summary>
    public void Remove(string query, long version)
    {
        lock (_gate)
        {
            var slot = new JournalSlot(query, version);
            if (_slots.TryAdd(query, slot))
                Remove(slot);
        }
    }

    /// <summary>An entry ends with its query from here on.</summary>
    public JournalSlot Follow(string query)
    {
        lock (_gate)
            return _slots.GetValueOrDefault(query) ?? (_slots[query] = new JournalSlot(query, null) { Followed = true });
    }

    public bool Follows(string query)
    {
        lock (_gate)
            return _slots.ContainsKey(query);
    }

    /// <summary>The store has this version of it, or none.</summary>
    public void Found(JournalSlot slot, long version)
    {
        lock (_gate)
        {
            slot.Version ??= version;
            if (slot is { Version: 0, Wanted: null, Busy: false })
                _slots.Remove(slot.Query);
        }
    }

    /// <summary>What is to be done now; and when the next is due, null for when somebody says so.</summary>
    /// <param name="by">What is due by then; null for all.</param>
    public (List<JournalWork> Batch, Instant? Next) Take(Instant? by, int most = MaxBatch)
    {
        var batch = new List<JournalWork>();
        lock (_gate)
        {
            while (batch.Count < most && _removals.TryDequeue(out var slot))
                Begin(slot, batch);
            var bytes = 0L;
            while (batch.Count < most && bytes < MaxBatchBytes && _writes.TryPeek(out var slot) && (by is null || slot.Due <= by))
            {
                _writes.Dequeue();
                slot.Queued = false;
                bytes += slot.Bytes;
                Begin(slot, batch);
            }
            if (_more.Task.IsCompleted)
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (batch, _writes.TryPeek(out var first) ? first.Due : null);
        }
    }

    /// <summary>The store has done it.</summary>
    public void Done(in JournalWork work, long version)
    {
        lock (_gate)
        {
            (work.Slot.Busy, work.Slot.Version) = (false, version);
            if (work.Entry is null && work.Slot.Wanted is null)
                Drop(work.Slot);
        }
    }

    /// <summary>Somebody else follows the query since.</summary>
    public void Lost(in JournalWork work)
    {
        lock (_gate)
        {
            work.Slot.Busy = false;
            Drop(work.Slot);
        }
    }

    /// <summary>Whether the store has done it is not known. It is done again then, or what was noted meanwhile in its place.</summary>
    public void Failed(in JournalWork work, Instant again)
    {
        lock (_gate)
        {
            (work.Slot.Busy, work.Slot.Version) = (false, null);
            if (!work.Slot.Remove && work.Slot.Wanted is null)
                Want(work.Slot, work.Entry, work.Bytes);
            Enqueue(work.Slot, again);
        }
    }

    private void Begin(JournalSlot slot, List<JournalWork> batch)
    {
        if (slot.Busy || (!slot.Remove && slot.Wanted is null))
            return;
        slot.Busy = true;
        batch.Add(new JournalWork(slot, slot.Remove ? null : slot.Wanted, slot.Bytes, slot.Version));
        Want(slot, null, 0);
    }

    private void Want(JournalSlot slot, Func<JournalEntry>? entry, long bytes)
    {
        _bytes += bytes - slot.Bytes;
        (slot.Wanted, slot.Bytes) = (entry, bytes);
    }

    private void Remove(JournalSlot slot)
    {
        slot.Remove = true;
        _removals.Enqueue(slot);
        Wake();
    }

    private void Drop(JournalSlot slot)
    {
        Want(slot, null, 0);
        slot.Remove = false;
        _slots.Remove(slot.Query);
    }

    private void Enqueue(JournalSlot slot, Instant due)
    {
        if (slot.Queued)
            return;
        (slot.Queued, slot.Due) = (true, due);
        _writes.Enqueue(slot);
        if (_writes.Count == 1)
            Wake();
    }
}

/// <summary>What is to become of one entry. Changed only inside its backlog.</summary>
/// <param name="version">Of what the store has; 0 for nothing, null where that is not known.</param>
internal sealed class JournalSlot(string query, long? version)
{
    public string Query => query;

    public long? Version { get; set; } = version;

    /// <summary>What is to be written; null where nothing is.</summary>
    public Func<JournalEntry>? Wanted { get; set; }

    public long Bytes { get; set; }

    /// <summary>Somebody else began it: his entry may be replaced.</summary>
    public bool Followed { get; init; }

    public bool Remove { get; set; }

    public bool Queued { get; set; }

    public Instant Due { get; set; }

    /// <summary>The store is asked.</summary>
    public bool Busy { get; set; }
}
