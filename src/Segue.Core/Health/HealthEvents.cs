using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>What of a change is news, for the log and the history.</summary>
public static class HealthEvents
{
    public static HealthNews? Of(HealthState before, HealthState after) => (before, after) switch
    {
        _ when after.Other is { } other && other.Id != before.Other?.Id =>
            new(EventKinds.OtherDeployment, $"{after.Name} is used by another Segue deployment too ({other.Id}): stop one of the two, or set 'allow_foreign: true'"),
        ({ Other: not null }, { Other: null }) => new(EventKinds.OtherDeployment, $"{after.Name} is no longer used by another Segue deployment"),
        ({ Alternates: false }, { Alternates: true }) =>
            new(EventKinds.Alternates, $"{after.Name} answers for more than one coordinator: configure an address of its own for each, not a balancer's"),
        // that look takes a moment, and what it finds is told
        _ when after is { AwaitsJudgement: true, Evidence: Evidence.Unauthenticated } => null,
        // of one that is given up only its seen end is news
        ({ Condition: Condition.Lost }, { Condition: Condition.Lost }) when before.Dead == after.Dead => null,
        ({ Condition: Condition.Suspect }, { Condition: Condition.Suspect }) => null,
        ({ Condition: Condition.Healthy, Evidence: Evidence.Restarted }, { Condition: Condition.Healthy, Evidence: Evidence.Healthy }) => null,
        _ when after.Condition != before.Condition || after.Evidence != before.Evidence => new(Kind(before, after), after.Sentence),
        _ => null,
    };

    private static string Kind(HealthState before, HealthState after) => after.Condition switch
    {
        Condition.Healthy when after.Evidence == Evidence.Restarted => EventKinds.Restarted,
        Condition.Healthy when after.Evidence >= Evidence.Refused => EventKinds.ProbeFailed,
        Condition.Healthy when Doubted(before) => EventKinds.AnswersAgain,
        Condition.Healthy => EventKinds.CoordinatorReady,
        Condition.Unknown => EventKinds.ProbeFailed,
        Condition.Unfit => EventKinds.Unfit,
        Condition.Suspect => EventKinds.Suspect,
        Condition.Lost => EventKinds.CoordinatorLost,
        _ => throw new InvalidOperationException($"no such condition: {after.Condition}"),
    };

    private static bool Doubted(HealthState state) =>
        state.Condition == Condition.Suspect || state is { Condition: Condition.Healthy, Evidence: >= Evidence.Refused };
}

/// <param name="Kind">One of <see cref="EventKinds"/>.</param>
public sealed record HealthNews(string Kind, string Sentence);
