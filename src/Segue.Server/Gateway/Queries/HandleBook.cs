using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.ControlLoop;
using Segue.Server.Gateway.Pages;
using Segue.Server.Recovery;

namespace Segue.Server.Gateway.Queries;

/// <summary>Every query that clients follow, and the bounds on what is held (R6.5).</summary>
internal sealed class HandleBook(HoldConfig hold, RowSpool spool, Journal journal) : IQueryCensus
{
    /// <summary>An ended handle stays this long, so that its last token can be answered again.</summary>
    private static readonly TimeSpan EndedStay = TimeSpan.FromSeconds(30);

    /// <summary>The engines give up on a client after as long (query.client.timeout, protocol.md §4).</summary>
    public static readonly TimeSpan VanishedAfter = TimeSpan.FromMinutes(5);

    /// <summary>A placeholder that was cancelled before its first poll still begins with one: its handle, which refuses that, stays longer (R3.3).</summary>
    private static readonly TimeSpan CanceledStay = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, QueryHandle> _handles = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<QueryHandle, string> _held = new();
    private readonly Lock _admission = new();
    private readonly Dictionary<string, int> _perUser = new(StringComparer.Ordinal);
    private long _recovered;

    /// <summary>Texts and headers of all statements that may still be submitted, and pages that wait.</summary>
    public MemoryBudget Memory { get; } = new(hold.MaxBytes);

    public bool TryGet(string id, [NotNullWhen(true)] out QueryHandle? handle) => _handles.TryGetValue(id, out handle);

    /// <summary>All of them, the ended ones that stay included.</summary>
    public ICollection<QueryHandle> Handles => _handles.Values;

    public QueryHandle GetOrAdd(QueryHandle handle) => _handles.GetOrAdd(handle.Id, handle);

    public bool TryAdd(QueryHandle handle) => _handles.TryAdd(handle.Id, handle);

    /// <summary>Keeps text and headers for another attempt; false where they do not fit.</summary>
    public bool TryKeepText(QueryHandle handle)
    {
        if (handle.TextBytes > 0 || handle.Submission is not { IsKept: true } submission)
            return true;
        if (!Memory.TryTake(submission.Size))
            return false;
        handle.TextBytes = submission.Size;
        return true;
    }

    /// <summary>No other attempt is possible or wanted: what was kept for it is free.</summary>
    public void ForgetText(QueryHandle handle)
    {
        Memory.GiveBack(handle.TextBytes);
        handle.TextBytes = 0;
        handle.Submission = handle.Submission?.WithoutText();
    }

    /// <summary>Takes a place in the hold; false where the number or the user's share is used up, or its text does not fit.</summary>
    /// <param name="ranBefore">Already accepted once: it gets its place, and new ones are turned away.</param>
    public bool TryHold(QueryHandle handle, bool ranBefore)
    {
        if (handle.Submission is not { } submission || _held.ContainsKey(handle))
            return true;
        if (!TryKeepText(handle) && !ranBefore)
            return false;
        lock (_admission)
        {
            var ofUser = _perUser.GetValueOrDefault(submission.User);
            if (!ranBefore && (_held.Count >= hold.MaxQueries || ofUser >= hold.MaxPerUser))
                return false;
            _perUser[submission.User] = ofUser + 1;
            _held[handle] = submission.User;
            return true;
        }
    }

    public void LeaveHold(QueryHandle handle)
    {
        lock (_admission)
        {
            if (_held.TryRemove(handle, out var user) && --_perUser[user] == 0)
                _perUser.Remove(user);
        }
    }

    /// <summary>It ends: nothing is kept but what its last token is answered with.</summary>
    /// <param name="canceled">By its client, or by an operator.</param>
    public void End(QueryHandle handle, bool canceled = false)
    {
        journal.End(handle.Id, canceled, handle.Remembering is { IsCompleted: false } asked ? asked : null, others: handle.Owner is not null);
        LeaveHold(handle);
        ForgetText(handle);
        handle.Hashes?.Dispose();
        handle.DropResume();
    }

    /// <summary>Another member has it: nothing of it is kept here, and nothing is ended.</summary>
    public void Leave(QueryHandle handle)
    {
        if (!_handles.TryRemove(KeyValuePair.Create(handle.Id, handle)))
            return;
        journal.Leave(handle.Id);
        LeaveHold(handle);
        ForgetText(handle);
    }

    public void CountRecovery() => Interlocked.Increment(ref _recovered);

    public QueryCounts Count()
    {
        var live = _handles.Values.Count(handle => !handle.Ended);
        var held = _held.Count;
        return new QueryCounts(Math.Max(0, live - held), held, Interlocked.Read(ref _recovered), Memory.Used, spool.Results.Used, spool.Resuming.Used);
    }

    public IReadOnlySet<string> Spared(string coordinator)
    {
        var spared = new HashSet<string>(journal.LeftOn(coordinator), StringComparer.Ordinal);
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
            // a turn that is taken is a client that is still served, however slowly
            if (now - handle.LastSeen < Stay(handle) || handle.TryTakeIdleTurn() is not { } turn)
                continue;
            using (turn)
            {
                // looked at again: a poll may have come and gone since
                if (now - handle.LastSeen < Stay(handle))
                    continue;
                _handles.TryRemove(handle.Id, out _);
                if (handle.TryEnd())
                    vanished.Add(handle);
                End(handle);
                handle.Dispose();
            }
        }
        return vanished;
    }

    private static TimeSpan Stay(QueryHandle handle) => handle switch
    {
        { Ended: false } or { CanceledByOperator: true } => VanishedAfter,
        { Attempt.MayHaveBegun: false } => CanceledStay,
        _ => EndedStay,
    };
}
