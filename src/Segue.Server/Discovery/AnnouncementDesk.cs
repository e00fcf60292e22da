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
            if (await (word.Gone ? DeleteAsync(word.Announcement, cancellation) : WriteAsync(nodeId, cancellation)) is not { } problem)
                continue;
            DiscoveryLog.NotKept(log, cluster, nodeId, problem);
            lock (_lock)
                _unsaved.TryAdd(nodeId, word);
        }
    }

    /// <returns>Why the store has not the node's present word, or null.</returns>
    private async Task<string?> WriteAsync(string nodeId, CancellationToken cancellation)
    {
        var version = _versions.GetValueOrDefault(nodeId);
        for (var tries = 1; ; tries++)
        {
            // looked at anew each time: a newer word, or the end of this one, may have been heard meanwhile, also by another member
            if (_table.Nodes.GetValueOrDefault(nodeId)?.Announcement is not { } word)
                return null;
            var written = await store.WriteAsync(_prefix + nodeId, word.Body, version, cancellation);
            if (written.Succeeded)
            {
                _versions[nodeId] = written.Value;
                return null;
            }
            // a write of unknown outcome, or another member's, has moved the version: the next try decides from the one there is
            var read = await store.ReadAsync(_prefix + nodeId, cancellation);
            if (!read.Succeeded)
                return read.Detail ?? read.Error.ToString();
            if (read.Value is { } kept && kept.Value.Span.SequenceEqual(word.Body.Span))
                return null;
            if (written.Error != StoreError.Conflict || tries == 2)
                return written.Detail ?? written.Error.ToString();
            version = read.Value?.Version ?? 0;
        }
    }

    /// <returns>Why the store may have it still, or null.</returns>
    private async Task<string?> DeleteAsync(Announcement word, CancellationToken cancellation)
    {
        var nodeId = word.NodeId;
        for (var tries = 1; ; tries++)
        {
            if (_table.Nodes.GetValueOrDefault(nodeId)?.Announcement.Mark == word.Mark)
                return null;
            var read = await store.ReadAsync(_prefix + nodeId, cancellation);
            if (!read.Succeeded)
                return read.Detail ?? read.Error.ToString();
            // what this member wrote before is older than the word that goes; what another one wrote may be newer
            if (read.Value is not { } kept || (kept.Version != _versions.GetValueOrDefault(nodeId) && !kept.Value.Span.SequenceEqual(word.Body.Span)))
                return null;
            var deleted = await store.DeleteAsync(_prefix + nodeId, kept.Version, cancellation);
            if (deleted.Succeeded)
            {
                _versions.Remove(nodeId);
                return null;
            }
            // all members delete it
            if (deleted.Error != StoreError.Conflict || tries == 2)
                return deleted.Detail ?? deleted.Error.ToString();
        }
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
