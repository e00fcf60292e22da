using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.ControlLoop;

namespace Segue.Server.Gateway;

/// <summary>Every query that clients follow, and the bounds on what is held (R6.5).</summary>
internal sealed class HandleBook(HoldConfig hold) : IQueryCensus
{
    /// <summary>An ended handle stays this long, so that its last token can be answered again.</summary>
    private static readonly TimeSpan EndedStay = TimeSpan.FromSeconds(30);

    /// <summary>The engines give up on a client after as long (query.client.timeout, protocol.md §4).</summary>
    private static readonly TimeSpan VanishedAfter = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, QueryHandle> _handles = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<QueryHandle, Admission> _held = new();
    private readonly Lock _admission = new();
    private readonly Dictionary<string, int> _perUser = new(StringComparer.Ordinal);
    private long _heldBytes;
    private long _recovered;

    public bool TryGet(string id, [NotNullWhen(true)] out QueryHandle? handle) => _handles.TryGetValue(id, out handle);

    public QueryHandle GetOrAdd(QueryHandle handle) => _handles.GetOrAdd(handle.Id, handle);

    /// <summary>Takes a place in the hold; false where number, bytes or the user's share is used up.</summary>
    public bool TryHold(QueryHandle handle)
    {
        if (handle.Submission is not { } submission || _held.ContainsKey(handle))
            return true;
        lock (_admission)
        {
            var ofUser = _perUser.GetValueOrDefault(submission.User);
            if (_held.Count >= hold.MaxQueries || _heldBytes + submission.Size > hold.MaxBytes || ofUser >= hold.MaxPerUser)
                return false;
            _perUser[submission.User] = ofUser + 1;
            _heldBytes += submission.Size;
            _held[handle] = new Admission(submission.User, submission.Size);
            return true;
        }
    }

    public void LeaveHold(QueryHandle handle)
    {
        lock (_admission)
        {
            if (!_held.TryRemove(handle, out var admission))
                return;
            _heldBytes -= admission.Bytes;
            if (--_perUser[admission.User] == 0)
                _perUser.Remove(admission.User);
        }
    }

    public void CountRecovery() => Interlocked.Increment(ref _recovered);

    public QueryCounts Count()
    {
        var live = _handles.Values.Count(handle => !handle.Ended);
        var held = _held.Count;
        return new QueryCounts(Math.Max(0, live - held), held, Interlocked.Read(ref _recovered), Interlocked.Read(ref _heldBytes));
    }

    public IReadOnlySet<string> Spared(string coordinator)
    {
        var spared = new HashSet<string>(StringComparer.Ordinal);
        foreach (var handle in _handles.Values)
        {
            if (!handle.Ended && handle.MayHaveEffects && handle.Attempt is { } attempt && attempt.Place.Coordinator == coordinator)
                spared.Add(attempt.QueryId);
        }
        return spared;
    }

    /// <summary>Frees what ended a while ago, and what its client has left.</summary>
    /// <returns>The handles whose clients vanished.</returns>
    public IReadOnlyList<QueryHandle> Sweep(Instant now)
    {
        var vanished = new List<QueryHandle>();
        foreach (var handle in _handles.Values)
        {
            var stay = handle.Ended ? EndedStay : VanishedAfter;
            if (now - handle.LastSeen < stay || !_handles.TryRemove(handle.Id, out _))
                continue;
            if (!handle.Ended)
                vanished.Add(handle);
            handle.Ended = true;
            LeaveHold(handle);
            handle.Dispose();
        }
        return vanished;
    }

    private sealed record Admission(string User, long Bytes);
}
