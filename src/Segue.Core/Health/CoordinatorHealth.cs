using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>From facts about one coordinator to a verdict (R2.1, R2.2).</summary>
public static class CoordinatorHealth
{
    /// <summary>A longer gap between two steps is this process's own stall: what it did not hear then proves nothing.</summary>
    public static readonly TimeSpan OwnStall = TimeSpan.FromSeconds(1);

    private static readonly ImmutableArray<HealthEffect> Nothing = [];
    private static readonly ImmutableArray<HealthEffect> Probe = [new HealthEffect.ProbeNow()];
    private static readonly ImmutableArray<HealthEffect> Greeting = [new HealthEffect.Welcome()];

    public static HealthStep Step(HealthState before, Observation seen, HealthConfig config, Instant now)
    {
        var state = before with { LastStep = now };
        if (now - before.LastStep > OwnStall && state.UnansweredSince is not null)
            state = state with { UnansweredSince = now };
        var effects = Nothing;
        switch (seen)
        {
            case Observation.Tick:
                state = OtherDeployment.Aged(Answers.Aged(state, now), now);
                break;
            case Observation.ProbeSent:
                state = state with { UnansweredSince = state.UnansweredSince ?? now };
                break;
            case Observation.ProbeAnswered(var info, _):
                state = Answers.Judge(Answers.Recognize(Heard(state), info, now) with { Info = info, InfoAt = now });
                break;
            case Observation.ProbeFailed(var kind, var detail, _):
                state = Failed(state, kind, detail, now);
                break;
            case Observation.TripwireOpened:
                state = state with { TripwireOpen = true };
                break;
            case Observation.TripwireClosed:
                // a hint: servers close idle connections too (R2.1)
                state = state with { TripwireOpen = false, FirstSign = state.FirstSign ?? now };
                effects = Probe;
                break;
            case Observation.TrafficAnswered(var incarnation):
                state = Answered(state, incarnation, now);
                break;
            case Observation.TrafficFailed(var what):
                state = Doubted(state, what, now);
                effects = Probe;
                break;
            case Observation.CanaryEnded(var outcome, var workers, var incarnation):
                state = state with { LastCanary = outcome, WorkersSeen = workers ?? state.WorkersSeen };
                if (incarnation is { } own)
                    state = Answers.Identify(state, own, now);
                break;
            case Observation.CanariesListed(var others):
                state = OtherDeployment.Listed(state, others, now);
                break;
            case Observation.FenceSucceeded:
                // what it proves is below
                break;
            case Observation.AuthenticationJudged(var objection):
                var restarted = state.Objection is not null && state.Objection == state.ObjectionAfterRestart;
                state = state with { Objection = objection };
                state = state.Condition is Condition.Healthy or Condition.Unfit ? Answers.Judge(state) : state;
                if (restarted && state.Condition == Condition.Healthy)
                    state = state with { Evidence = Evidence.Restarted, Phrase = "was restarted and is healthy" };
                break;
            default:
                throw new InvalidOperationException($"no such observation: {seen}");
        }
        state = state with { Proof = state.Proof.Step(seen, state.Alternates, stalled: now - before.LastStep > OwnStall, now) };
        if ((state.Alternates != before.Alternates || state.Other?.Id != before.Other?.Id) && state is { Condition: Condition.Healthy, Evidence: < Evidence.Refused })
            state = Answers.Judge(state);
        if (state.Generation != before.Generation && state.Condition is (Condition.Healthy or Condition.Unfit))
            state = Answers.Judge(state) is { Condition: Condition.Healthy } ready
                ? ready with { Evidence = Evidence.Restarted, Phrase = "was restarted and is healthy" }
                : Answers.Judge(state);
        state = Silence(state, config, now);
        // greeted once to have its authentication looked at, and again when that is done: only then may its canaries run
        if (state.Condition == Condition.Healthy && (state.Welcomed != state.Generation || before.Evidence == Evidence.Unauthenticated)
            || state.Evidence == Evidence.Unauthenticated && state.Welcomed != state.Generation)
        {
            state = state with { Welcomed = state.Generation };
            effects = effects.AddRange(Greeting);
        }
        return new HealthStep(state, effects, HealthEvents.Of(before, state));
    }

    private static HealthState Heard(HealthState state) =>
        state with { UnansweredSince = null, FirstSign = null, Dead = false };

    /// <summary>Answers to real requests count as life (R2.1), but only of a process that was not seen to end.</summary>
    private static HealthState Answered(HealthState state, Incarnation? incarnation, Instant now)
    {
        if (incarnation is { } late && state.Past.Contains(late))
            return state;
        if (incarnation is { } own && !state.Dead)
            state = Answers.Identify(state, own, now);
        return state.Condition switch
        {
            Condition.Suspect => Answers.Judge(Heard(state)),
            Condition.Healthy or Condition.Unfit => state with { UnansweredSince = null },
            _ => state,
        };
    }

    private static HealthState Doubted(HealthState state, string what, Instant now)
    {
        state = state with { FirstSign = state.FirstSign ?? now };
        if (!what.Contains("SERVER_SHUTTING_DOWN", StringComparison.Ordinal))
            return state;
        state = state with { Stopping = true };
        return state.Condition == Condition.Healthy ? Answers.Judge(state) : state;
    }

    private static HealthState Failed(HealthState state, Evidence kind, string detail, Instant now)
    {
        state = state with
        {
            Evidence = kind,
            UnansweredSince = state.UnansweredSince ?? now,
            FirstSign = state.FirstSign ?? state.UnansweredSince ?? now,
            // why it was given up stays said until something else is wrong
            Phrase = state.Condition == Condition.Lost && state.Evidence == kind ? state.Phrase : Said(kind, detail),
        };
        return kind switch
        {
            Evidence.Refused => Refused(state),
            Evidence.Unauthorized => Unauthorized(state),
            _ => state,
        };
    }

    /// <summary>Decisive only where no established connection is alive (R2.1).</summary>
    private static HealthState Refused(HealthState state) => state.TripwireOpen
        ? state with { Phrase = "refused a connection while another one is still open" }
        : state with
        {
            Condition = Condition.Lost,
            Dead = true,
            Phrase = state.Info is null ? "refuses connections" : "refused connections and its last connection closed",
        };

    /// <summary>It answers: one that is in use stays so, and clients' own credentials are not Segue's.</summary>
    private static HealthState Unauthorized(HealthState state)
    {
        var heard = Heard(state);
        return heard with
        {
            Condition = state.Condition switch
            {
                Condition.Healthy => Condition.Healthy,
                Condition.Suspect when state.Info is not null => Answers.Judge(heard).Condition,
                _ => Condition.Unfit,
            },
        };
    }

    private static HealthState Silence(HealthState state, HealthConfig config, Instant now)
    {
        if (state.Dead || state.UnansweredSince is not { } since)
            return state;
        var silent = now - since;
        var limit = state.Evidence is Evidence.Unreachable or Evidence.Refused ? config.UnreachableAfter : config.UnresponsiveAfter;
        if (silent >= limit)
            return state.Condition == Condition.Lost
                ? state
                : state with { Condition = Condition.Lost, Phrase = $"{state.Phrase}, for {limit.TotalSeconds:0.#} s" };
        if (silent < config.SuspectAfter || state.Condition is Condition.Suspect or Condition.Lost)
            return state;
        return state with
        {
            Condition = Condition.Suspect,
            FirstSign = state.FirstSign ?? since,
            Phrase = state.Evidence >= Evidence.Refused ? state.Phrase : "does not answer",
        };
    }

    private static string Said(Evidence kind, string detail) => kind switch
    {
        Evidence.Refused => "refused a connection",
        Evidence.Reset => "reset a connection",
        Evidence.Timeout => "accepts connections but does not answer",
        Evidence.Unreachable => "cannot be reached",
        Evidence.BadStatus => $"answered a probe with status {detail}",
        Evidence.BadAnswer => $"answered a probe with something else than a description of itself: {detail}",
        Evidence.Unauthorized => $"refuses Segue's own credentials (status {detail}): see coordinators.auth",
        Evidence.BadCertificate => detail,
        Evidence.NameError => $"cannot be looked up: {detail}",
        _ => throw new InvalidOperationException($"a failed probe cannot say {kind}"),
    };
}
