using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>What an answer says: which process it is, and whether it is fit.</summary>
internal static class Answers
{
    private const int PastKept = 8;

    /// <summary>One address that answered for several processes and has not for this long is trusted again.</summary>
    private static readonly TimeSpan AlternationStays = TimeSpan.FromMinutes(10);

    /// <summary>Rounding of the uptime, and what the way of an answer may take.</summary>
    private static TimeSpan Slack(TimeSpan uptime) => TimeSpan.FromSeconds(1) + uptime / 100;

    /// <summary>Is this the process that answered last?</summary>
    public static HealthState Recognize(HealthState state, NodeInfo info, Instant now)
    {
        if (info.Incarnation is { } told)
            return Identify(state, told, now);
        if (info.Uptime is not { } uptime)
            return state;
        var start = now + -uptime;
        if (state.Info?.Uptime is not { } before)
            return state with { Starts = Kept(state.Starts, start) };
        if (Returned(state.Starts, start, Slack(uptime)))
            return state with { AlternatedAt = now };
        var gap = now - state.InfoAt;
        // one that started since the last answer cannot be older than the gap
        var younger = uptime < before || (uptime <= gap + Slack(uptime) && before + gap - uptime > Slack(uptime));
        return younger && !state.Alternates ? Restarted(state, null) with { Starts = Kept(state.Starts, start) } : state;
    }

    public static HealthState Aged(HealthState state, Instant now) =>
        now - state.AlternatedAt > AlternationStays ? state with { AlternatedAt = null, Starts = [] } : state;

    /// <summary>The process's own name, from a query id or from <c>/v1/info</c>.</summary>
    public static HealthState Identify(HealthState state, Incarnation own, Instant now)
    {
        if (state.Incarnation == own)
            return state;
        if (state.Past.Contains(own))
            // no restart: several processes answer in turn (R2.4)
            return state with { AlternatedAt = now };
        return state.Incarnation is null ? state with { Incarnation = own } : Restarted(state, own);
    }

    /// <summary>Not the process that began last, but one that began before it (R2.4).</summary>
    private static bool Returned(ImmutableArray<Instant> starts, Instant start, TimeSpan slack) =>
        starts.Length > 1 && Apart(starts[^1], start) > slack && starts[..^1].Any(earlier => Apart(earlier, start) <= slack);

    private static TimeSpan Apart(Instant left, Instant right) => (left - right).Duration();

    private static ImmutableArray<T> Kept<T>(ImmutableArray<T> before, T last) => before.Add(last)[Math.Max(0, before.Length + 1 - PastKept)..];

    private static HealthState Restarted(HealthState state, Incarnation? own) => state with
    {
        Generation = state.Generation + 1,
        Past = state.Incarnation is { } old ? Kept(state.Past, old) : state.Past,
        Incarnation = own,
        // the uptime known is of the one before: compared with the next it would be a second restart
        Info = state.Info is { } info ? info with { Uptime = null } : null,
        OtherCanaries = [],
        Stopping = false,
        WorkersSeen = null,
        LastCanary = null,
        Objection = state.ObjectionAfterRestart,
    };

    /// <summary>The verdict over one that answers; none yet over one whose description of itself never came.</summary>
    public static HealthState Judge(HealthState state)
    {
        if (state.Info is not { } info)
            return state;
        var (condition, evidence, phrase) = info switch
        {
            { Coordinator: false } => (Condition.Unfit, Evidence.NotACoordinator, "is not a coordinator"),
            { Starting: true } => (Condition.Unfit, Evidence.Starting, "is starting"),
            { State: "SHUTTING_DOWN" or "DRAINING" or "DRAINED" } => (Condition.Unfit, Evidence.ShuttingDown, "is shutting down"),
            _ when state.Stopping => (Condition.Unfit, Evidence.ShuttingDown, "said that it is shutting down"),
            _ when state.Objection is { } objection => (Condition.Unfit, Evidence.Unauthenticated, objection),
            _ when state.Other is { } other => (Condition.Healthy, Evidence.Healthy, $"is healthy, but another Segue deployment ({other.Id}) uses it too"),
            _ when state.Alternates => (Condition.Healthy, Evidence.Healthy, "is healthy, but the address answers for more than one coordinator"),
            _ => (Condition.Healthy, Evidence.Healthy, "is healthy"),
        };
        return state with { Condition = condition, Evidence = evidence, Phrase = phrase };
    }
}
