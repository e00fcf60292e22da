using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Segue.Core.Discovery;
using Segue.Core.Model;
using Segue.Server.Store;

namespace Segue.Server.Discovery;

/// <summary>Holds the table, and brings its changes to the store off the request path (I8).</summary>
internal sealed class AnnouncementDesk(string cluster, IStore store, TimeProvider time, ILogger log)
{
    private readonly string _prefix = $"announcement/{cluster}/";
    private readonly long _started = time.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);

    // by node
    private Dictionary<string, Unsaved> _unsaved = new(StringComparer.Ordinal);
    private volatile AnnouncementTable _table = AnnouncementTable.StartedAt(default);

    public AnnouncementTable Table => _table;

    public Instant Now => new(time.GetElapsedTime(_started));

    public async Task RestoreAsync(CancellationToken cancellation)
    {
        var kept = await store.ListAsync(_prefix, cancellation);
        if (!kept.Succeeded)
        {
            DiscoveryLog.NotRestored(log, cluster, kept.Detail);
            return;
        }

        var announcements = ImmutableArray.CreateBuilder<Announcement>();
        foreach (var value in kept.Value)
        {
            _versions[value.Key[_prefix.Length..]] = value.Version;
            if (AnnouncementReader.Read(value.Value, out var problem) is { } announcement)
                announcements.Add(announcement);
            else
                DiscoveryLog.NotRestored(log, cluster, problem);
        }

        var step = Step(new Restore(announcements.ToImmutable()));
        if (announcements.Count > 0)
            DiscoveryLog.NodesChanged(log, cluster, step.Reason);
    }

    public TableStep Step(TableInput input)
    {
        TableStep step;
        lock (_lock)
        {
            step = _table.Step(input, Now);
            _table = step.Table;
            foreach (var effect in step.Effects)
            {
                if (effect is Keep keep)
                    _unsaved[keep.Announcement.NodeId] = new Unsaved(keep.Announcement, Gone: false);
                else if (effect is Forget forget)
                    _unsaved[forget.Announcement.NodeId] = new Unsaved(forget.Announcement, Gone: true);
            }
        }

        foreach (var effect in step.Effects)
            Log(effect, step.Reason);
        return step;
    }

    /// <summary>Writes what changed since the last call; what the store does not take is tried at the next.</summary>
    public async Task SaveAsync(CancellationToken cancellation)
    {
        Dictionary<string, Unsaved> unsaved;
        lock (_lock)
            (unsaved, _unsaved) = (_unsaved, new(StringComparer.Ordinal));
        foreach (var (nodeId, word) in unsaved)
        {
            if (await (word.Gone ? DeleteAsync(word.Announcement, cancellation) : WriteAsync(word.Announcement, cancellation)) is not { } problem)
                continue;
            DiscoveryLog.NotKept(log, cluster, nodeId, problem);
            lock (_lock)
                _unsaved.TryAdd(nodeId, word);
        }
    }

    /// <returns>Why the store has it not, or null.</returns>
    private async Task<string?> WriteAsync(Announcement announcement, CancellationToken cancellation)
    {
        // a newer word, or the end of this one, was another member's to write
        if (_table.Nodes.GetValueOrDefault(announcement.NodeId)?.Announcement.Mark != announcement.Mark)
            return null;
        var key = _prefix + announcement.NodeId;
        var written = await store.WriteAsync(key, announcement.Body, _versions.GetValueOrDefault(announcement.NodeId), cancellation);
        if (!written.Succeeded)
        {
            // a write of unknown outcome, or another member's, has moved the version: the next try decides from the one there is
            var read = await store.ReadAsync(key, cancellation);
            if (!read.Succeeded)
                return read.Detail ?? read.Error.ToString();
            _versions[announcement.NodeId] = read.Value?.Version ?? 0;
            if (written.Error == StoreError.Conflict)
                written = await store.WriteAsync(key, announcement.Body, _versions[announcement.NodeId], cancellation);
        }
        if (written.Succeeded)
            _versions[announcement.NodeId] = written.Value;
        return written.Succeeded ? null : written.Detail ?? written.Error.ToString();
    }

    /// <returns>Why the store may have it still, or null.</returns>
    private async Task<string?> DeleteAsync(Announcement announcement, CancellationToken cancellation)
    {
        var key = _prefix + announcement.NodeId;
        _versions.Remove(announcement.NodeId);
        var read = await store.ReadAsync(key, cancellation);
        if (!read.Succeeded)
            return read.Detail ?? read.Error.ToString();
        if (read.Value is not { } kept || !kept.Value.Span.SequenceEqual(announcement.Body.Span))
            return null;
        var deleted = await store.DeleteAsync(key, kept.Version, cancellation);
        return deleted.Succeeded ? null : deleted.Detail ?? deleted.Error.ToString();
    }

    private void Log(TableEffect effect, string reason)
    {
        switch (effect)
        {
            case Keep:
                DiscoveryLog.NodesChanged(log, cluster, reason);
                break;
            case Forget forget:
                DiscoveryLog.NodesChanged(log, cluster, forget.Reason);
                break;
            case Missed missed:
                DiscoveryLog.NodeMissed(log, cluster, missed.Reason);
                break;
            case Want:
                // the other member is asked
                break;
            default:
                throw new InvalidOperationException($"no such effect: {effect}");
        }
    }

    /// <param name="Gone">The store shall have it no longer.</param>
    private readonly record struct Unsaved(Announcement Announcement, bool Gone);
}
