using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Segue.Core.Recovery.Journal;
using Segue.Server.Store;

namespace Segue.Server.Recovery;

/// <summary>Entries of a process before whose clients may still come. What nobody came for is removed in the end.</summary>
/// <param name="owner">This process: what it wrote is its own.</param>
internal sealed class JournalLeftBehind(string prefix, string owner, IStore store, JournalSeal seal, JournalBacklog backlog, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Somebody came for it.</summary>
    public void Found(string query) => _entries.TryRemove(query, out _);

    /// <summary>Writes on a coordinator (R8.1).</summary>
    public IEnumerable<string> WritesOn(string coordinator) =>
        [.. _entries.Values.Where(left => left.MayHaveEffects && left.Coordinator == coordinator).Select(static left => left.QueryId)];

    /// <param name="clientsStay">How long clients may take to come.</param>
    public async Task RunAsync(TimeSpan clientsStay, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        try
        {
            while (!await ReadAsync(stop))
                await Task.Delay(RetryAfter, time, stop);
            if (clientsStay - time.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
                await Task.Delay(left, time, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        foreach (var (query, left) in _entries)
            backlog.Remove(query, left.Version);
        _entries.Clear();
    }

    private async Task<bool> ReadAsync(CancellationToken stop)
    {
        var all = await store.ListAsync(prefix, stop);
        if (!all.Succeeded)
            return false;
        var unreadable = 0;
        foreach (var stored in all.Value)
        {
            var query = stored.Key[prefix.Length..];
            var entry = seal.Open(query, stored.Value.Span);
            if (entry is null)
                unreadable++;
            if (entry?.Owner != owner && !backlog.Follows(query))
                _entries[query] = new Entry(stored.Version, entry?.Run.Coordinator ?? "", entry?.Run.QueryId ?? "", entry?.MayHaveEffects ?? false);
        }
        if (unreadable > 0)
            RecoveryLog.JournalUnreadable(log, unreadable);
        return true;
    }

    private readonly record struct Entry(long Version, string Coordinator, string QueryId, bool MayHaveEffects);
}
