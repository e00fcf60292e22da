using System.Collections.Immutable;
using Segue.Core.Health;
using Segue.Core.Protocol;

namespace Segue.Core.Leadership;

/// <summary>Who may become active, and who first (R2.3).</summary>
internal static class Candidates
{
    /// <summary>The best one that is ready, or null.</summary>
    public static HealthState? Best(ConductorState state, string? except)
    {
        // at the first choice canaries have hardly ended: the configured order decides
        var ranked = except is not null && Conductor.WorkersExpected(state);
        var seenByActive = except is not null && state.Health.TryGetValue(except, out var active) ? active.WorkersSeen : null;
        return state.Config.Coordinators
            .Where(coordinator => coordinator.Name != except)
            .Select(coordinator => state.Health.GetValueOrDefault(coordinator.Name))
            .OfType<HealthState>()
            .Where(health => Objection(state, health) is null)
            .OrderBy(state.IsDeposed)
            .ThenByDescending(health => ranked ? Math.Min(health.WorkersSeen ?? 0, seenByActive ?? int.MaxValue) : 0)
            .ThenByDescending(health => ranked && health.LastCanary is { Succeeded: true })
            .FirstOrDefault();
    }

    /// <summary>Each has answered or was given up: only then the configured order means something.</summary>
    public static bool WereAsked(ConductorState state) => state.Config.Coordinators.All(coordinator =>
        state.Health.GetValueOrDefault(coordinator.Name) is { Condition: not (Condition.Unknown or Condition.Suspect) } health
        && (health is not { AwaitsJudgement: true } || health.Condition == Condition.Lost));

    /// <summary>Why it could not take over now, or null. A failed canary or few workers are no reason.</summary>
    public static (Evidence Evidence, string Sentence)? Objection(ConductorState state, HealthState health)
    {
        if (health.Condition != Condition.Healthy || health.Info is not { } info)
            return (health.Evidence, health.Sentence);
        if (!state.IsConfigured(health.Name))
            return (Evidence.Removed, $"{health.Name} was taken out of the configuration; what runs there goes on until it stops");
        if (state.IsFenced(health))
            return (Evidence.Fenced, $"{health.Name} cannot become active: its fence command is not known to have ended, and may still hit it; restart the coordinator");
        if (Twins(state, health) is { } twins)
            return (Evidence.Duplicate, twins);
        if (Dialect.EngineOf(info.Version) is { } engine && engine != state.Config.Engine)
            return (Evidence.WrongEngine, $"{health.Name} is {engine} {info.Version}, and the configuration says that the engine is {state.Config.Engine}");
        if (state.Reference is not { } reference || health.Name == state.Assignment?.Active)
            return null;
        if (info.Environment != reference.Environment)
            return (Evidence.WrongEnvironment, $"{health.Name} is of environment '{info.Environment}', not '{reference.Environment}'");
        // workers of another version are not counted by the engines: one that sees workers is of their version
        if (info.Version != reference.Version && health.WorkersSeen is not > 0)
            return (Evidence.WrongVersion, $"{health.Name} is of version {info.Version}, not {reference.Version}");
        return null;
    }

    /// <summary>Every coordinator and why it is not ready, for the sentence of a hold.</summary>
    public static string Objections(ConductorState state, string? except)
    {
        var others = state.Config.Coordinators
            .Where(coordinator => coordinator.Name != except)
            .Select(coordinator => state.Health.GetValueOrDefault(coordinator.Name) is { } health
                ? Objection(state, health)?.Sentence ?? $"{health.Name} is ready"
                : $"{coordinator.Name} was not asked yet")
            .ToImmutableArray();
        return others.Length == 0 ? "there is no other coordinator" : string.Join("; ", others);
    }

    /// <summary>Said of a coordinator where an earlier one in the list answers as the same process, else null (R2.4).</summary>
    public static string? Twins(ConductorState state, HealthState? health)
    {
        if (health is not { Condition: Condition.Healthy, Incarnation: { } own })
            return null;
        var twin = state.Config.Coordinators
            .TakeWhile(coordinator => coordinator.Name != health.Name)
            .FirstOrDefault(coordinator => state.Health.GetValueOrDefault(coordinator.Name) is { Condition: Condition.Healthy } other && other.Incarnation == own);
        return twin is null ? null : $"{health.Name} is the same process as {twin.Name}: two addresses of one coordinator are configured";
    }
}
