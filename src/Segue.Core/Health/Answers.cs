using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>What an answer says: which process it is, and whether it is fit.</summary>
internal static class Answers
{
    private const int PastKept = 8;

    /// <summary>Rounding of the uptime, and what the way of an answer may take.</summary>
    private static TimeSpan Slack(TimeSpan uptime) => TimeSpan.FromSeconds(1) + uptime / 100;

    /// <summary>Is this the process that answered last?</summary>
    public static HealthState Recognize(HealthState state, NodeInfo info, Instant now)
    {
        if (info.Incarnation is { } told)
            return Identify(state, told);
        if (state.Info?.Uptime is not { } before || info.Uptime is not { } uptime)
            return state;
        var gap = now - state.InfoAt;
        // one that started since the last answer cannot be older than the gap
        var younger = uptime < before || (uptime <= gap + Slack(uptime) && before + gap - uptime > Slack(uptime));
        return younger ? Restarted(state, null) : state;
    }

    /// <summary>The process's own name, from a query id or from <c>/v1/info</c>.</summary>
    public static HealthState Identify(HealthState state, Incarnation own)
    {
        if (state.Incarnation == own)
            return state;
        if (state.Past.Contains(own))
            // no restart: several processes answer in turn (R2.4)
            return state with { Alternates = true };
        return state.Incarnation is null ? state with { Incarnation = own } : Restarted(state, own);
    }

    private static HealthState Restarted(HealthState state, Incarnation? own) => state with
    {
        Generation = state.Generation + 1,
        Past = state.Incarnation is { } old ? state.Past.Add(old)[Math.Max(0, state.Past.Length + 1 - PastKept)..] : state.Past,
        Incarnation = own,
        Stopping = false,
        WorkersSeen = null,
        LastCanary = null,
        Objection = state.MustBeJudged ? "was restarted and its authentication was not looked at yet" : null,
    };

    /// <summary>The verdict over one that answers.</summary>
    public static HealthState Judge(HealthState state)
    {
        var info = state.Info ?? throw new InvalidOperationException("nothing to judge: it never answered");
        var (condition, evidence, phrase) = info switch
        {
            { Coordinator: false } => (Condition.Unfit, Evidence.NotACoordinator, "is not a coordinator"),
            { Starting: true } => (Condition.Unfit, Evidence.Starting, "is starting"),
            { State: "SHUTTING_DOWN" or "DRAINING" or "DRAINED" } => (Condition.Unfit, Evidence.ShuttingDown, "is shutting down"),
            _ when state.Stopping => (Condition.Unfit, Evidence.ShuttingDown, "said that it is shutting down"),
            _ when state.Objection is { } objection => (Condition.Unfit, Evidence.Unauthenticated, objection),
            _ when state.Alternates => (Condition.Healthy, Evidence.Healthy, "is healthy, but the address answers for more than one coordinator"),
            _ => (Condition.Healthy, Evidence.Healthy, "is healthy"),
        };
        return state with { Condition = condition, Evidence = evidence, Phrase = phrase };
    }
}
