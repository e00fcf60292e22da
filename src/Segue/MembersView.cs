using System.Globalization;
using Segue.Server.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Segue.Screen;

namespace Segue;

/// <summary>The members of a deployment as a person reads them.</summary>
internal static class MembersView
{
    public static IEnumerable<IRenderable> Render(MembersReport members, DateTimeOffset now, TimeZoneInfo zone)
    {
        yield return Text.Empty;
        yield return Line($"  decisions: {members.Lease.Sentence}", members.Lease.Standing is "mine" or "other" ? "default" : "yellow");
        yield return Line($"  store: {members.Store.Sentence}", members.Store.Standing == "answers" ? "default" : "yellow");
        yield return Line($"  right: {members.Right.Sentence}", members.Right.Standing == "session" ? "default" : "yellow");
        if (members.Right.PromisedUntil is { } promised)
            yield return Line($"  promise: it stays with what is in force for {HumanDuration.Of(promised - now)} more, because others asked", "yellow");
        yield return Indented(List(members, now, zone));
    }

    private static Table List(MembersReport members, DateTimeOffset now, TimeZoneInfo zone)
    {
        var table = Table("MEMBER", "IS", "WHERE", "ADDRESS", "SINCE", "EPOCH", "STATE");
        foreach (var one in members.List)
            table.AddRow(
                new Text(one.Id ?? one.Name),
                new Text(Is(one), one.Id is null ? new Style(Color.Yellow) : Style.Plain),
                new Text(one.Machine is { } machine ? $"{machine}, process {one.Process}" : "-"),
                new Text(one.Address ?? "-"),
                new Text(one.Since is { } since ? Clock(since, now, zone) : "-"),
                new Text(one.AckedEpoch?.ToString(CultureInfo.InvariantCulture) ?? "-"),
                new Text(one.Sentence + (one.ToldSecondsAgo is { } age ? $" ({HumanDuration.Of(age)} ago)" : "")));
        return table;
    }

    private static string Is(MemberReport member) => member switch
    {
        { Self: true, Conductor: true } => "this one, conductor",
        { Self: true } => "this one",
        { Conductor: true } => "conductor",
        { Id: null } => "gone",
        _ => "-",
    };
}
