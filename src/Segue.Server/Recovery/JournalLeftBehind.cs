using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Segue.Core.Recovery.Journal;
using Segue.Server.Store;

namespace Segue.Server.Recovery;

/// <summary>The other members, whose entries stand in the same journal.</summary>
/// <param name="Lives">Whether one does, by its id.</param>
internal sealed record JournalMembers(ISessionStore Store, Func<string, bool> Lives);

/// <summary>
/// Entries that other processes wrote: those of members that live, and of those that are gone, whose clients may still come. What nobody came for is
/// removed in the end.
/// </summary>
/// <param name="owner">This process: what it wrote is its own.</param>
/// <param name="ended">What ended while an earlier process of this member ran: no client is waited for.</param>
/// <param name="members">Null where no other process writes while this one runs.</param>
internal sealed class JournalLeftBehind(
    string prefix, string owner, IStore store, JournalSeal seal, JournalBacklog backlog, EndedQueries ended, JournalMembers? members, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Somebody came for it.</summary>
    public void Found(string query) => _entries.TryRemove(query, out _);

    /// <summary>Writes on a coordinator (R8.1).</summary>
    public IEnumerable<string> WritesOn(string coordinator) =>
        [.. _entries.Values.Where(left => left.MayHaveEffects && left.Coordinator == coordinator).Select(static left => left.QueryId)];

    /// <param name="clientsStay">How long clients may take to come, from when their member had gone.</param>
    public async Task RunAsync(TimeSpan clientsStay, CancellationToken stop)
    {
        try
        {
            await (members is null ? OnceAsync(clientsStay, stop) : Task.WhenAll(FollowAsync(members, stop), LookAsync(members, clientsStay, stop)));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the process ends
        }
    }

    private async Task OnceAsync(TimeSpan clientsStay, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        await ReadAllAsync(stop);
        if (clientsStay - time.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
            await Task.Delay(left, time, stop);
        foreach (var query in _entries.Keys)
            Remove(query);
    }

    private async Task FollowAsync(JournalMembers others, CancellationToken stop)
    {
        await foreach (var change in others.Store.WatchAsync(prefix, stop))
        {
            if (change.IsGap)
                await ReadAllAsync(stop);
            else if (change.Value is not { } value)
                _entries.TryRemove(change.Key![prefix.Length..], out _);
            else if (!Take(change.Key![prefix.Length..], value, change.Version))
                RecoveryLog.JournalUnreadable(log, 1);
        }
    }

    private async Task LookAsync(JournalMembers others, TimeSpan clientsStay, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(clientsStay / 60, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            foreach (var (query, entry) in _entries)
            {
                if (others.Lives(entry.Owner))
                    _entries.TryUpdate(query, entry with { GoneAt = null }, entry);
                else if (entry.GoneAt is not { } gone)
                    _entries.TryUpdate(query, entry with { GoneAt = time.GetTimestamp() }, entry);
                else if (ended.Has(query) || time.GetElapsedTime(gone) > clientsStay)
                    Remove(query);
            }
        }
    }

    private async Task ReadAllAsync(CancellationToken stop)
    {
        StoreResult<ImmutableArray<VersionedValue>> all;
        while (!(all = await store.ListAsync(prefix, stop)).Succeeded)
            await Task.Delay(RetryAfter, time, stop);
        var unreadable = all.Value.Count(stored => !Take(stored.Key[prefix.Length..], stored.Value, stored.Version));
        if (unreadable > 0)
            RecoveryLog.JournalUnreadable(log, unreadable);
        foreach (var query in _entries.Keys.Except(all.Value.Select(stored => stored.Key[prefix.Length..])))
            _entries.TryRemove(query, out _);
    }

    /// <returns>False where it cannot be read; it is kept like one of a member that is gone.</returns>
    private bool Take(string query, ReadOnlyMemory<byte> value, long version)
    {
        if (backlog.Follows(query))
        {
            _entries.TryRemove(query, out _);
            return true;
        }
        if (members is null && ended.Has(query))
        {
            backlog.Remove(query, version);
            return true;
        }
        var entry = seal.Open(query, value.Span);
        if (entry?.Owner == owner)
            _entries.TryRemove(query, out _);
        else
            _entries[query] = new Entry(version, entry?.Owner ?? "", entry?.Run.Coordinator ?? "", entry?.Run.QueryId ?? "", entry?.MayHaveEffects ?? false, null);
        return entry is not null;
    }

    private void Remove(string query)
    {
        if (_entries.TryRemove(query, out var left))
            backlog.Remove(query, left.Version);
    }

    /// <param name="GoneAt">Since when its owner was not seen to live; null while it does, or before that was looked at.</param>
    private sealed record Entry(long Version, string Owner, string Coordinator, string QueryId, bool MayHaveEffects, long? GoneAt);
}
