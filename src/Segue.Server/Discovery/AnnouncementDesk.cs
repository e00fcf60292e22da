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

    // what the store shall have; null where it shall have nothing
    private Dictionary<string, Announcement?> _unsaved = new(StringComparer.Ordinal);
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
                    _unsaved[keep.Announcement.NodeId] = keep.Announcement;
                else if (effect is Forget forget)
                    _unsaved[forget.NodeId] = null;
            }
        }

        foreach (var effect in step.Effects)
            Log(effect, step.Reason);
        return step;
    }

    /// <summary>Writes what changed since the last call; what the store does not take is tried at the next.</summary>
    public async Task SaveAsync(CancellationToken cancellation)
    {
        Dictionary<string, Announcement?> unsaved;
        lock (_lock)
            (unsaved, _unsaved) = (_unsaved, new(StringComparer.Ordinal));
        foreach (var (nodeId, announcement) in unsaved)
        {
            if (await SaveAsync(nodeId, announcement, cancellation) is not { } problem)
                continue;
            DiscoveryLog.NotKept(log, cluster, nodeId, problem);
            lock (_lock)
                _unsaved.TryAdd(nodeId, announcement);
        }
    }

    /// <returns>Why the store has not what it shall have, or null.</returns>
    private async Task<string?> SaveAsync(string nodeId, Announcement? announcement, CancellationToken cancellation)
    {
        if (announcement is null && !_versions.ContainsKey(nodeId) && await LookAsync(nodeId, cancellation) is { } unknown)
            return unknown;
        var (error, detail) = await PutAsync(nodeId, announcement, cancellation);
        if (error == StoreError.None)
            return null;
        // a write of unknown outcome, or another member's, has moved the version: the next try decides from the one there is
        if (await LookAsync(nodeId, cancellation) is { } problem)
            return problem;
        if (error == StoreError.Conflict)
            (error, detail) = await PutAsync(nodeId, announcement, cancellation);
        return error == StoreError.None ? null : detail ?? error.ToString();
    }

    private async Task<(StoreError Error, string? Detail)> PutAsync(string nodeId, Announcement? announcement, CancellationToken cancellation)
    {
        var version = _versions.GetValueOrDefault(nodeId);
        if (announcement is not null)
        {
            var written = await store.WriteAsync(_prefix + nodeId, announcement.Body, version, cancellation);
            if (written.Succeeded)
                _versions[nodeId] = written.Value;
            return (written.Error, written.Detail);
        }
        if (version == 0)
            return (StoreError.None, null);
        var deleted = await store.DeleteAsync(_prefix + nodeId, version, cancellation);
        if (deleted.Succeeded)
            _versions.Remove(nodeId);
        return (deleted.Error, deleted.Detail);
    }

    private async Task<string?> LookAsync(string nodeId, CancellationToken cancellation)
    {
        var read = await store.ReadAsync(_prefix + nodeId, cancellation);
        if (read.Succeeded)
            _versions[nodeId] = read.Value?.Version ?? 0;
        return read.Succeeded ? null : read.Detail ?? read.Error.ToString();
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
}
