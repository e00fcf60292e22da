using Segue.Core.Recovery;
using Segue.Core.Routing;
using Segue.Server.Gateway.Queries;

namespace Segue.Server.Gateway.Statements;

/// <summary>Puts together what <see cref="RecoveryPolicy"/> decides a handle's next step from.</summary>
internal static class StatementDecision
{
    private const string TakenOver = "another coordinator took over";

    public static RecoveryDecision Of(GatewayServices gateway, QueryHandle handle, RoutingSnapshot snapshot)
    {
        if (handle.CanceledByOperator)
            return OperatorCancel.Told(handle);
        if (handle.EndElsewhere is { } end)
            return new RecoveryDecision.Fail(SegueErrors.OutcomeUnknown,
                $"{Adoption.Cause(gateway)} when it was about to say how this statement had ended ({end}). It may or may not have taken effect: look before you send it again.");
        if (handle.Refusal is { } refusal)
            return new RecoveryDecision.Fail(refusal, "Segue holds as many statements as hold.max_queries, hold.max_bytes and hold.max_per_user allow. It was not started: send it again later.");
        if (handle.Submission is not { } submission)
            return OfAdopted(gateway, handle, snapshot);
        var attempt = handle.Attempt;
        var moved = submission.Transaction is null && attempt is not null && IsElsewhere(attempt, snapshot);
        if (attempt is { PageGone: true } && (handle.MayHaveEffects || submission.Transaction is not null))
            return PageIsGone(gateway, handle, attempt);
        if (moved && attempt is { NextPollMayBeFirst: true } && handle.MayHaveEffects && FateOf(attempt, snapshot) != AttemptFate.Lost)
            return AdoptedIsLost(gateway, handle, attempt, TakenOver);
        var decision = RecoveryPolicy.Decide(new RecoveryInput
        {
            Statement = submission.Class,
            Sent = SentOf(handle),
            // I1: a first poll goes to the active coordinator alone
            Fate = moved && attempt is { MayHaveBegun: false } ? AttemptFate.Superseded
                : moved && attempt is { NextPollMayBeFirst: true } ? AttemptFate.Lost
                : attempt is not null ? FateOf(attempt, snapshot) : FateOfHome(handle, submission, snapshot),
            CoordinatorAnswers = attempt is not null && Answers(attempt, snapshot),
            ExecutesOnPost = handle.LostPost is not null,
            InTransaction = submission.Transaction is not null,
            RowsDelivered = handle.RowsDelivered,
            Encoded = handle.EncodedDelivered,
            Compared = handle.Resume is not null,
            PagesGone = attempt is { PageGone: true },
            SessionOutcomeDelivered = handle.SessionOutcomeDelivered,
            AttemptsUsed = handle.Runs,
            AttemptsMax = gateway.Config.Recovery.Attempts,
            CoordinatorsLostWhileRunning = handle.CoordinatorsLost + (DiedWith(attempt, snapshot) ? 1 : 0),
            Waited = Waited(gateway, handle),
            WritesMaxWait = gateway.Config.Recovery.WritesMaxWait,
            HoldMaxTime = gateway.Config.Hold.MaxTime,
            Lost = gateway.Writes.KnownOf(handle, snapshot, gateway.Now),
            QueryId = attempt?.QueryId,
            Coordinator = attempt?.Place.Coordinator ?? handle.LostPost ?? "the coordinator",
        });
        return decision is RecoveryDecision.SubmitAgain or RecoveryDecision.RunAgain or RecoveryDecision.ResumeBehind && !submission.IsKept ? TextIsGone(handle) : decision;
    }

    public static AttemptFate FateOf(Attempt attempt, RoutingSnapshot snapshot) =>
        attempt.Refused || attempt.PageGone ? AttemptFate.Lost : attempt.Place.FateIn(snapshot);

    /// <summary>Its coordinator died, not only fell silent or said that it is going, while it ran this attempt (R6.4).</summary>
    public static bool DiedWith(Attempt? attempt, RoutingSnapshot snapshot) =>
        attempt is { MayHaveBegun: true, Refused: false, PageGone: false } && attempt.Place.FateIn(snapshot) == AttemptFate.Lost;

    public static TimeSpan Waited(GatewayServices gateway, QueryHandle handle) =>
        handle.WaitingSince is { } since ? gateway.Now - since : TimeSpan.Zero;

    private static Sent SentOf(QueryHandle handle) => handle switch
    {
        { Attempt: { MayHaveBegun: true } } => Sent.FirstPoll,
        { Attempt: not null } or { LostPost: not null } => Sent.Post,
        _ => Sent.Nothing,
    };

    /// <summary>Before anything was sent only a transaction ties a statement to a coordinator (R6.6).</summary>
    private static AttemptFate FateOfHome(QueryHandle handle, Submission submission, RoutingSnapshot snapshot)
    {
        if (submission.Transaction is not { } tagged || TransactionTag.Split(tagged).Incarnation is not { } incarnation)
            return handle.LostPost is null ? AttemptFate.Running : AttemptFate.Lost;
        return TransactionTag.Home(snapshot, incarnation) switch
        {
            null => AttemptFate.Lost,
            { Liveness: Liveness.Answering } => AttemptFate.Running,
            _ => AttemptFate.Unknown,
        };
    }

    /// <summary>Only a token told of it, and nothing is in the journal: it can be polled on, and nothing else (R3.3).</summary>
    private static RecoveryDecision OfAdopted(GatewayServices gateway, QueryHandle handle, RoutingSnapshot snapshot)
    {
        if (handle.Attempt is not { } attempt)
        {
            return handle switch
            {
                { RowsDelivered: > 0 } => new RecoveryDecision.Fail(SegueErrors.Restarted,
                    $"{Adoption.Cause(gateway)} after {handle.RowsDelivered} rows of this query had been delivered, while another run was to go on behind them. It changed nothing: send it again."),
                // the request that the restart broke may have begun it
                { MayHaveEffects: true } => new RecoveryDecision.Fail(SegueErrors.OutcomeUnknown,
                    $"{Adoption.Cause(gateway)} while it held this statement or had just begun it. It may or may not have taken effect: look before you send it again."),
                _ => new RecoveryDecision.Fail(SegueErrors.Restarted, $"{Adoption.Cause(gateway)} while it held this statement. It changed nothing: send it again."),
            };
        }
        if (attempt.PageGone)
            return PageIsGone(gateway, handle, attempt);
        var waited = Waited(gateway, handle);
        return FateOf(attempt, snapshot) switch
        {
            // I1: what may be a first poll goes to the active coordinator alone
            _ when attempt.NextPollMayBeFirst && IsElsewhere(attempt, snapshot) => AdoptedIsLost(gateway, handle, attempt, TakenOver),
            AttemptFate.Running or AttemptFate.Superseded when Answers(attempt, snapshot) => new RecoveryDecision.PollOn("It runs on."),
            AttemptFate.Lost => AdoptedIsLost(gateway, handle, attempt, $"{attempt.Place.Coordinator}, which ran query {attempt.QueryId}, was lost"),
            _ when waited >= gateway.Config.Hold.MaxTime => new RecoveryDecision.Fail(SegueErrors.HoldTimeout,
                $"{attempt.Place.Coordinator}, which runs query {attempt.QueryId}, has been silent for {waited.TotalSeconds:0} s."),
            _ => new RecoveryDecision.Wait($"{attempt.Place.Coordinator} is silent."),
        };
    }

    private static bool IsElsewhere(Attempt attempt, RoutingSnapshot snapshot) => snapshot.Active is { } active && active != attempt.Place.Coordinator;

    private static RecoveryDecision.Fail PageIsGone(GatewayServices gateway, QueryHandle handle, Attempt attempt) =>
        AdoptedIsLost(gateway, handle, attempt, $"{attempt.Place.Coordinator} had no such page any more");

    private static RecoveryDecision.Fail AdoptedIsLost(GatewayServices gateway, QueryHandle handle, Attempt attempt, string happened) =>
        new(handle.MayHaveEffects ? SegueErrors.OutcomeUnknown : SegueErrors.Restarted,
            $"{Adoption.Cause(gateway)}, and then {happened}. " + (handle.MayHaveEffects
                ? $"The statement, query {attempt.QueryId}, may or may not have taken effect: look before you send it again."
                : "It changed nothing: send it again."));

    /// <summary>More statements ran than hold.max_bytes keeps the texts of.</summary>
    private static RecoveryDecision.Fail TextIsGone(QueryHandle handle) =>
        new(SegueErrors.QueryLost,
            $"{handle.Attempt?.Place.Coordinator ?? "The coordinator"} was lost, and its text was not kept because hold.max_bytes was used up, so it cannot be run again. "
            + "It changed nothing: send it again.");

    public static bool Answers(Attempt attempt, RoutingSnapshot snapshot) =>
        snapshot.Coordinators.TryGetValue(attempt.Place.Coordinator, out var route) && route.Liveness == Liveness.Answering;
}
