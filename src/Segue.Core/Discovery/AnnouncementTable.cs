using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Discovery;

/// <summary>The nodes that have announced themselves: the newest word of each, and when it came (R9).</summary>
public sealed record AnnouncementTable
{
    /// <summary>A node that is silent for longer is not listed, as in the engines' own discovery (protocol.md §2.1).</summary>
    public static readonly TimeSpan Expiry = TimeSpan.FromSeconds(30);

    /// <summary>A node that is silent for longer no longer holds a list back, as long as others of its kind are heard.</summary>
    public static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(2);

    /// <summary>Longer than the engines' announcement interval of 8 s, so that every living node has been heard.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    /// <summary>Of all bodies together (I10); a node's is about 1 KB.</summary>
    public const long MaxBytes = 64L << 20;

    public required Instant WarmAt { get; init; }

    /// <summary>Null until a coordinator or a node told it.</summary>
    public string? Environment { get; init; }

    public ImmutableSortedDictionary<string, SeenAnnouncement> Nodes { get; init; } =
        ImmutableSortedDictionary.Create<string, SeenAnnouncement>(StringComparer.Ordinal);

    /// <summary>Service ids that were taken back, and when.</summary>
    public ImmutableDictionary<string, Instant> Tombstones { get; init; } = ImmutableDictionary<string, Instant>.Empty;

    /// <summary>When each other member's own part of it was last known here in whole.</summary>
    public ImmutableDictionary<string, Instant> Replicas { get; init; } = ImmutableDictionary<string, Instant>.Empty;

    internal long Bytes { get; init; }

    private Instant LastTick { get; init; }

    public static AnnouncementTable StartedAt(Instant now) => new() { WarmAt = now + WarmUp, LastTick = now };

    public TableStep Step(TableInput input, Instant now) => input switch
    {
        Announce announce => Announced(announce, now, now),
        Unannounce unannounce => Unannounced(unannounce.NodeId, now),
        Restore restore => Restored(restore, now),
        Replicate replicate => Replication.Step(this, replicate, now),
        Tick => Ticked(now),
        _ => throw new InvalidOperationException($"no such input: {input}"),
    };

    /// <param name="here">When the node said it to this member; null where it did not.</param>
    private TableStep Announced(Announce input, Instant now, Instant? here)
    {
        var said = input.Announcement;
        var environment = input.Environment ?? Environment ?? said.Environment;
        if (said.Environment != environment)
            return Refuse($"Environment mismatch: this cluster is '{environment}', node {said.NodeId} says '{said.Environment}'.");
        if (said.Services.Any(service => Tombstones.ContainsKey(service.Id)))
            return new TableStep(this, [], true, $"Node {said.NodeId} took these services back; a late announcement of them is ignored.");

        var known = Nodes.GetValueOrDefault(said.NodeId)?.Announcement;
        var bytes = Bytes + said.Body.Length - (known?.Body.Length ?? 0);
        if (bytes > MaxBytes)
            return Refuse($"No room for node {said.NodeId}: the announcements of all nodes may take {MaxBytes} bytes.");

        var changed = known is null || !known.Body.Span.SequenceEqual(said.Body.Span);
        var table = this with
        {
            Environment = environment,
            Bytes = bytes,
            Nodes = Nodes.SetItem(said.NodeId, new SeenAnnouncement(changed ? said : known!, now, here)),
        };
        return new TableStep(
            table,
            changed ? [new Keep(said)] : [],
            true,
            known is null ? $"Node {said.NodeId} announced itself." : $"Node {said.NodeId} announced itself again.");
    }

    private TableStep Unannounced(string nodeId, Instant now)
    {
        if (!Nodes.TryGetValue(nodeId, out var seen))
            return new TableStep(this, [], true, $"Node {nodeId} was not announced.");
        var reason = $"Node {nodeId} took its services back.";
        var table = Without(nodeId, seen) with
        {
            Tombstones = Tombstones.SetItems(seen.Announcement.Services.Select(service => KeyValuePair.Create(service.Id, now))),
        };
        return new TableStep(table, [new Forget(seen.Announcement, reason)], true, reason);
    }

    private TableStep Restored(Restore input, Instant now)
    {
        var table = this;
        foreach (var announcement in input.Announcements)
            table = table.Announced(new Announce(announcement, null), now, here: null).Table;
        if (!table.Nodes.IsEmpty)
            table = table with { WarmAt = now };
        return new TableStep(table, [], true, $"{table.Nodes.Count} nodes are known from before the start.");
    }

    private TableStep Ticked(Instant now)
    {
        var effects = ImmutableArray.CreateBuilder<TableEffect>();
        var table = this with { LastTick = now };
        table = table with
        {
            Tombstones = Tombstones.RemoveRange(Tombstones.Where(removed => now - removed.Value > Expiry).Select(removed => removed.Key)),
            Replicas = Replicas.RemoveRange(Replicas.Where(replica => now - replica.Value > Expiry).Select(replica => replica.Key)),
        };
        foreach (var (nodeId, seen) in Nodes)
        {
            if (!seen.IsLive(now) && seen.IsLive(LastTick))
                effects.Add(new Missed(nodeId, $"Node {nodeId} has not announced itself for {Expiry.TotalSeconds} s."));
            // the last ones of a kind are never forgotten: a list does not become empty by silence alone
            if (now - seen.At <= ForgetAfter || !HearsOthersLike(seen, now))
                continue;
            effects.Add(new Forget(seen.Announcement, $"Node {nodeId} is forgotten: silent for {ForgetAfter.TotalMinutes} min while others are heard."));
            table = table.Without(nodeId, seen);
        }

        return new TableStep(table, effects.ToImmutable(), true, $"{table.Nodes.Count} nodes are announced.");
    }

    private bool HearsOthersLike(SeenAnnouncement seen, Instant now) =>
        Nodes.Values.Any(other => other.IsLive(now) && other.Announcement.IsWorker == seen.Announcement.IsWorker);

    internal AnnouncementTable Without(string nodeId, SeenAnnouncement seen) =>
        this with { Nodes = Nodes.Remove(nodeId), Bytes = Bytes - seen.Announcement.Body.Length };

    private TableStep Refuse(string reason) => new(this, [], false, reason);
}

/// <param name="At">When it was last heard, by any member.</param>
/// <param name="Here">When it was last heard by this one; null where it was not.</param>
public sealed record SeenAnnouncement(Announcement Announcement, Instant At, Instant? Here)
{
    public bool IsLive(Instant now) => now - At <= AnnouncementTable.Expiry;
}
