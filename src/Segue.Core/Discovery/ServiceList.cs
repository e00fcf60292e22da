using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Segue.Core.Model;

namespace Segue.Core.Discovery;

/// <summary>Who asks for a list while standbys are isolated.</summary>
/// <param name="NodeId">As the engines' discovery clients tell it in <c>User-Agent</c>; null where nobody did.</param>
/// <param name="Active">Every <c>host:port</c> of the active coordinator; empty while there is none.</param>
public sealed record Audience(string? NodeId, ImmutableHashSet<string> Active);

/// <param name="Json">Empty where the list is refused.</param>
/// <param name="Refusal">Null where there is a list; an error keeps a coordinator's list, an empty one would wipe it.</param>
public readonly record struct ListAnswer(ReadOnlyMemory<byte> Json, string? Refusal);

/// <summary>The lists that coordinators look up; each rests on evidence or is refused (R9).</summary>
public static class ServiceList
{
    /// <param name="type">Null for every type.</param>
    /// <param name="pool">Null for every pool.</param>
    /// <param name="audience">Null where everyone sees the workers.</param>
    /// <param name="others">Ids of the other members that live: a list rests on what they heard, too.</param>
    public static ListAnswer Of(AnnouncementTable table, string? type, string? pool, Audience? audience, Instant now, IEnumerable<string>? others = null)
    {
        if (Replication.Missing(table, others ?? [], now) is { } member)
            return Refuse($"What nodes have said to member {member} is not known here at this moment.");
        if (now < table.WarmAt)
            return Refuse("Segue has just started and has not heard every node yet.");
        if (table.Environment is null)
            return Refuse("No node has announced itself yet, so the environment is not known.");

        var asker = audience?.NodeId is { } id ? table.Nodes.GetValueOrDefault(id)?.Announcement : null;
        var seesWorkers = audience is null || (asker is not null && (asker.IsWorker || asker.AnswersAt(audience.Active)));
        var entries = table.Nodes.Values
            .Where(seen => seen.Announcement.Environment == table.Environment)
            .Where(seen => seesWorkers || !seen.Announcement.IsWorker)
            .Where(seen => pool is null || seen.Announcement.Pool == pool)
            .Where(seen => seen.Announcement.Services.Any(service => type is null || service.Type == type))
            .ToImmutableArray();

        // workers apart: coordinators beside Segue are still heard when it is cut off from every worker
        if (TooManyMissing(entries, now) || TooManyMissing(entries.RemoveAll(static seen => !seen.Announcement.IsWorker), now))
            return Refuse("More than half of the nodes have fallen silent at once; that is no evidence that they are gone.");
        return new ListAnswer(Write(table.Environment, type, entries.Where(seen => seen.IsLive(now))), null);
    }

    private static bool TooManyMissing(ImmutableArray<SeenAnnouncement> entries, Instant now)
    {
        var live = entries.Count(seen => seen.IsLive(now));
        return entries.Length - live > live;
    }

    private static ListAnswer Refuse(string reason) => new(ReadOnlyMemory<byte>.Empty, reason);

    private static ReadOnlyMemory<byte> Write(string environment, string? type, IEnumerable<SeenAnnouncement> entries)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteString("environment", environment);
        json.WriteStartArray("services");
        foreach (var seen in entries)
        {
            foreach (var service in seen.Announcement.Services.Where(service => type is null || service.Type == type))
                Write(json, seen.Announcement, service);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, Announcement node, AnnouncedService service)
    {
        json.WriteStartObject();
        json.WriteString("id", service.Id);
        json.WriteString("nodeId", node.NodeId);
        json.WriteString("type", service.Type);
        json.WriteString("pool", node.Pool);
        json.WriteString("location", node.Location);
        json.WritePropertyName("properties");
        // AnnouncementReader has checked it; the text stays as it came
        json.WriteRawValue(service.Properties.Span, skipInputValidation: true);
        json.WriteEndObject();
    }
}
