using System.Collections.Immutable;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>What the other members see: a coordinator that only one of several cannot reach is that one's own trouble (R2.1).</summary>
internal static class Words
{
    public static void Heard(Turn turn, string member, long highest, ImmutableArray<CoordinatorReport> coordinators)
    {
        Keeping.HeardOf(turn, highest);
        turn.Member = turn.Member with { Reports = turn.Member.Reports.SetItem(member, new MemberReport(turn.Now.Instant, coordinators)) };
    }

    /// <summary>The name of a fit member that reaches a coordinator this one has lost, or null.</summary>
    public static string? ReachedBy(ConductorState state, HealthState lost, Instant now) => state.Member is { } member
        ? Fresh(member, now)
            .Where(pair => LifeOf(pair.Report, lost.Name) is { } life && life > (lost.FirstSign ?? lost.LastStep))
            .Select(pair => pair.Name)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault()
        : null;

    /// <summary>Old words are no evidence: whether to wait for a newer one of a member that still reached it when the trouble began here.</summary>
    public static bool AreWanted(Turn turn, HealthState lost)
    {
        if (turn.State.Member is not { } member)
            return false;
        var wanted = Fresh(member, turn.Now.Instant).Any(pair => LifeOf(pair.Report, lost.Name) is not null);
        turn.Member = member = member with { WordWantedSince = wanted ? member.WordWantedSince ?? turn.Now.Instant : null };
        return wanted && turn.Now.Instant - member.WordWantedSince < member.Times.ReportLife;
    }

    private static IEnumerable<(string Name, MemberReport Report)> Fresh(Membership member, Instant now) =>
        from other in member.Others
        where member.Reports.TryGetValue(other.Key, out var report) && now - report.At < member.Times.ReportLife
        select (other.Value.Name, member.Reports[other.Key]);

    /// <summary>When the other one saw it live last, at the latest, where it reaches it.</summary>
    private static Instant? LifeOf(MemberReport report, string coordinator) =>
        report.Coordinators.FirstOrDefault(one => one.Coordinator == coordinator) is { Reaches: true, Age: { } age } ? report.At - age : null;
}
