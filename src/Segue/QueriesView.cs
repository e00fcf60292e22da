using System.Globalization;
using Segue.Server.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Segue.Screen;

namespace Segue;

/// <summary>Queries as a person reads them; times of day are the reader's own.</summary>
internal static class QueriesView
{
    private const string Milliseconds = "'.'fff";

    public static IRenderable List(QueryListReport report, TimeZoneInfo zone)
    {
        var counts = report.Queries.CountBy(static query => query.State).Select(static pair => $"{pair.Value} {pair.Key}");
        var more = report.LeftOut > 0 ? $"; {report.LeftOut} younger ones are not shown" : "";
        var head = report.Queries.IsEmpty ? Line("no query runs, is held or recovers") : Line(string.Join(", ", counts) + more, "bold");
        return report is { Queries.IsEmpty: true, Missing.IsEmpty: true } ? head : new Rows(
        [
            head,
            .. report.Missing.Select(static member => Line($"member {member} did not answer: its queries are missing", "yellow")),
            .. report.Queries.SelectMany(query => Entry(query, report.At, zone)),
        ]);
    }

    public static IRenderable One(QueryReport query, DateTimeOffset now, TimeZoneInfo zone) => new Rows(
    [
        .. Entry(query, now, zone).Skip(1),
        Text.Empty,
        Line("what happened", "bold"),
        Indented(Story(query, now, zone)),
    ]);

    private static IEnumerable<IRenderable> Entry(QueryReport query, DateTimeOffset now, TimeZoneInfo zone)
    {
        yield return Text.Empty;
        yield return Line(Headline(query, now), StateStyle(query.State));
        if (query.Statement is { } statement)
            yield return Line($"  {statement}");
        if (query.WaitingSince is not null && query.Story is [.., var last])
            yield return Line($"  now: {last.Sentence}");
        if (!query.Runs.IsEmpty)
            yield return Indented(Runs(query, now, zone));
    }

    private static string Headline(QueryReport query, DateTimeOffset now)
    {
        var waits = query.WaitingSince is { } since ? $" for {HumanDuration.Of(now - since)}" : "";
        var served = query.Member is { } member ? $", served by member {member}" : "";
        return $"{query.Id}: {query.State}{waits}{(query.User is { } user ? $", of {user}" : "")}, {HumanDuration.Of(now - query.CreatedAt)} old, {query.RowsDelivered} rows delivered{served}";
    }

    private static Table Runs(QueryReport query, DateTimeOffset now, TimeZoneInfo zone)
    {
        var table = Table("COORDINATOR", "AS", "SINCE", "ROWS", "BEGUN BECAUSE");
        foreach (var run in query.Runs)
            table.AddRow(
                new Text(run.Coordinator),
                new Text(run.QueryId),
                new Text(Clock(run.At, now, zone)),
                new Text(run.RowsDelivered.ToString(CultureInfo.InvariantCulture)),
                new Text(run.Why));
        return table;
    }

    private static Table Story(QueryReport query, DateTimeOffset now, TimeZoneInfo zone)
    {
        const int first = 8;
        var table = Table("WHEN", "WHAT");
        table.AddRow(new Text(Clock(query.CreatedAt, now, zone, Milliseconds)), new Text("Its client sent it."));
        foreach (var (i, moment) in query.Story.Index())
        {
            if (i == first && query.StoryLeftOut > 0)
                table.AddRow(new Text("…"), new Text($"{query.StoryLeftOut} more, not kept"));
            table.AddRow(new Text(Clock(moment.At, now, zone, Milliseconds)), new Text(moment.Sentence));
        }
        return table;
    }

    private static string StateStyle(string state) => state switch
    {
        "held" or "recovering" => "yellow",
        "failed" or "canceled" => "red",
        _ => "default",
    };
}
