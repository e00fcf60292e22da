using System.Globalization;
using Segue.Server.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Segue.Screen;

namespace Segue;

/// <summary>A status report as a person reads it; times of day are the reader's own.</summary>
internal static class StatusView
{
    private const int NodesNamed = 8;

    public static IRenderable Render(StatusReport report, TimeZoneInfo zone) => new Rows(
    [
        Line($"segue {report.Version}, up {HumanDuration.Of(report.At - report.StartedAt)}, member {report.Member} of {report.DeploymentId}"),
        Line($"{(report.Ready ? "ready" : "NOT READY")}: {report.Sentence}", report.Ready ? "green" : "red"),
        .. report.Clusters.SelectMany(c => Cluster(c, report.At, zone)),
        .. Events(report, zone),
    ]);

    private static IEnumerable<IRenderable> Cluster(ClusterReport cluster, DateTimeOffset now, TimeZoneInfo zone)
    {
        yield return Text.Empty;
        yield return Line($"{cluster.Name} ({cluster.Engine}): {Headline(cluster, now, zone)}", "bold");
        if (cluster.Reason is { } reason)
            yield return Line($"  because: {reason}");
        if (cluster.Sentence != cluster.Reason)
            yield return Line($"  now: {cluster.Sentence}", cluster.Holding ? "yellow" : "default");
        yield return Line($"  queries: {cluster.Queries.Running} running, {cluster.Queries.Held} held, {cluster.Queries.Recovered} recovered");
        if (cluster.LastFailover is { } failover)
            yield return Line($"  last failover: {Failover(failover)}");
        if (!cluster.Nodes.IsEmpty)
            yield return Line($"  announced nodes: {Nodes(cluster)}");
        yield return Indented(Coordinators(cluster, now));
        foreach (var part in cluster.Members is { } members ? MembersView.Render(members, now, zone) : [])
            yield return part;
    }

    private static string Nodes(ClusterReport cluster)
    {
        var names = string.Join(", ", cluster.Nodes.Take(NodesNamed).Select(n => n.Id));
        return $"{cluster.Nodes.Length} ({names}{(cluster.Nodes.Length > NodesNamed ? ", …" : "")})";
    }

    private static string Headline(ClusterReport cluster, DateTimeOffset now, TimeZoneInfo zone) => cluster switch
    {
        { Active: { } active, ActiveSince: { } since } =>
            $"{active} is active since {Clock(since, now, zone)} ({HumanDuration.Of(now - since)}), epoch {cluster.Epoch}",
        _ => "no coordinator is active yet",
    };

    private static string Failover(FailoverReport failover)
    {
        var first = failover.FirstAnswerSeconds is { } seconds ? $"first answer after {HumanDuration.Of(seconds)}" : "no answer yet";
        return $"detected in {HumanDuration.Of(failover.DetectSeconds)}, decided in {HumanDuration.Of(failover.DecideSeconds)}, {first}";
    }

    private static Table Coordinators(ClusterReport cluster, DateTimeOffset now)
    {
        var table = Table("COORDINATOR", "ROLE", "READY", "WORKERS", "CANARY", "EVIDENCE");
        foreach (var c in cluster.Coordinators)
            table.AddRow(
                new Text(c.Name),
                new Text(c.Role, RoleStyle(c.Role)),
                new Text(c.Ready ? "yes" : "no"),
                new Text(c.WorkersSeen?.ToString(CultureInfo.InvariantCulture) ?? "-"),
                new Text(Canary(c.LastCanary, now)),
                // the row says whose it is
                new Text(c.Sentence.StartsWith(c.Name + " ", StringComparison.Ordinal) ? c.Sentence[(c.Name.Length + 1)..] : c.Sentence));
        return table;
    }

    private static string Canary(CanaryReport? canary, DateTimeOffset now) => canary switch
    {
        null => "-",
        { Succeeded: true } => $"{HumanDuration.Of(canary.Seconds)}, {HumanDuration.Of(now - canary.At)} ago",
        _ => $"failed {HumanDuration.Of(now - canary.At)} ago: {canary.Sentence}",
    };

    private static IEnumerable<IRenderable> Events(StatusReport report, TimeZoneInfo zone)
    {
        if (report.Events.IsEmpty)
            yield break;
        yield return Text.Empty;
        yield return Line("last events", "bold");
        yield return Indented(HistoryView.Render(report.Events, report.At, zone, fraction: ""));
    }

    internal static Style RoleStyle(string role) => role switch
    {
        "active" => new Style(Color.Green),
        "standby" => Style.Plain,
        _ => new Style(Color.Yellow),
    };
}
