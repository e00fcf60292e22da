using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Discovery;

/// <summary>
/// How members share one table (R9): each tells what it heard itself, how long ago, and what was taken back. The newest word of a node wins; a late or
/// doubled one changes nothing.
/// </summary>
public static class Replication
{
    /// <summary>A list rests on no member's part that is older.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(3);

    /// <summary>Nodes that this member has heard itself lately.</summary>
    public static ImmutableArray<NodeSign> Signs(AnnouncementTable table, Instant now) =>
        [.. HeardHere(table, now).Select(said => new NodeSign(said.Announcement.NodeId, said.Announcement.Mark, said.Age))];

    public static IEnumerable<SaidElsewhere> HeardHere(AnnouncementTable table, Instant now) =>
        from seen in table.Nodes.Values
        where seen.Here is { } here && now - here <= AnnouncementTable.Expiry
        select new SaidElsewhere(seen.Announcement, now - seen.Here!.Value);

    public static ImmutableArray<TakenBack> TakenBack(AnnouncementTable table, Instant now) =>
        [.. table.Tombstones.Select(removed => new TakenBack(removed.Key, now - removed.Value))];

    /// <summary>Whose part of the table is not known well enough for a list; null where all are.</summary>
    public static string? Missing(AnnouncementTable table, IEnumerable<string> members, Instant now) =>
        members.FirstOrDefault(member => !table.Replicas.TryGetValue(member, out var at) || now - at > FreshFor);

    internal static TableStep Step(AnnouncementTable table, Replicate input, Instant now)
    {
        var effects = ImmutableArray.CreateBuilder<TableEffect>();
        foreach (var gone in input.Gone)
            table = TakeBack(table, gone.Service, now - gone.Age, input.Member, effects);
        foreach (var said in input.Nodes)
            table = Hear(table, said.Announcement, now - said.Age);
        if (input.Signs is not { } signs)
            return new TableStep(table, effects.ToImmutable(), true, $"Member {input.Member} told of {input.Nodes.Length} nodes.");
        var lacks = false;
        foreach (var sign in signs)
        {
            var (at, seen) = (now - sign.Age, table.Nodes.GetValueOrDefault(sign.NodeId));
            if (seen is not null && seen.Announcement.Mark == sign.Mark)
                table = Seen(table, seen, at);
            else
                lacks |= seen is null || at > seen.At;
        }
        if (!lacks)
            return new TableStep(table with { Replicas = table.Replicas.SetItem(input.Member, now) }, effects.ToImmutable(), true, $"Member {input.Member} told of its nodes.");
        effects.Add(new Want(input.Member));
        return new TableStep(table, effects.ToImmutable(), true, $"Member {input.Member} knows more nodes.");
    }

    private static AnnouncementTable Hear(AnnouncementTable table, Announcement said, Instant at)
    {
        var known = table.Nodes.GetValueOrDefault(said.NodeId);
        if (known is not null && known.Announcement.Mark == said.Mark)
            return Seen(table, known, at);
        var bytes = table.Bytes + said.Body.Length - (known?.Announcement.Body.Length ?? 0);
        if (known?.At >= at || bytes > AnnouncementTable.MaxBytes || said.Services.Any(service => table.Tombstones.ContainsKey(service.Id)))
            return table;
        return table with
        {
            Environment = table.Environment ?? said.Environment,
            Bytes = bytes,
            Nodes = table.Nodes.SetItem(said.NodeId, new SeenAnnouncement(said, at, null)),
        };
    }

    private static AnnouncementTable Seen(AnnouncementTable table, SeenAnnouncement known, Instant at) => known.At >= at
        ? table
        : table with { Nodes = table.Nodes.SetItem(known.Announcement.NodeId, known with { At = at }) };

    private static AnnouncementTable TakeBack(AnnouncementTable table, string service, Instant at, string member, ImmutableArray<TableEffect>.Builder effects)
    {
        if (table.Tombstones.ContainsKey(service))
            return table;
        var node = table.Nodes.FirstOrDefault(node => node.Value.Announcement.Services.Any(one => one.Id == service));
        if (node.Value is { } seen)
        {
            table = table.Without(node.Key, seen);
            // this member may have written it, or be about to, after the other one looked
            effects.Add(new Forget(seen.Announcement, $"Node {node.Key} took its services back, says member {member}."));
        }
        return table with { Tombstones = table.Tombstones.Add(service, at) };
    }
}
