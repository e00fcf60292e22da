using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>The name of a change of verdict or evidence, for the history.</summary>
public static class HealthEvents
{
    public static string Kind(HealthState before, HealthState after) => after.Condition switch
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
