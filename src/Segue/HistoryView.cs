using System.Collections.Immutable;
using Segue.Server.Admin;
using Spectre.Console;
using static Segue.Screen;

namespace Segue;

/// <summary>Events as a person reads them; times of day are the reader's own.</summary>
internal static class HistoryView
{
    private const string Milliseconds = "'.'fff";

    public static Table Render(ImmutableArray<EventReport> events, DateTimeOffset now, TimeZoneInfo zone, string fraction = Milliseconds)
    {
        var members = events.Any(static one => one.Member is not null);
        var table = members ? Table("WHEN", "CLUSTER", "EVENT", "MEMBER", "WHAT HAPPENED") : Table("WHEN", "CLUSTER", "EVENT", "WHAT HAPPENED");
        foreach (var one in events)
        {
            var (when, cluster, kind) = (new Text(Clock(one.At, now, zone, fraction)), new Text(one.Cluster), new Text(one.Kind));
            if (members)
                table.AddRow(when, cluster, kind, new Text(Member(one)), new Text(one.Sentence));
            else
                table.AddRow(when, cluster, kind, new Text(one.Sentence));
        }
        return table;
    }

    /// <summary>One event on a line of its own, for a story that goes on.</summary>
    public static string Line(EventReport one, DateTimeOffset now, TimeZoneInfo zone) =>
        $"{Clock(one.At, now, zone, Milliseconds)}  {one.Cluster}  {one.Kind}{(one.Member is null ? "" : $"  {Member(one)}")}  {one.Sentence}";

    private static string Member(EventReport one) => one.Member is { } member ? $"{member} on {one.Machine}" : "-";
}
