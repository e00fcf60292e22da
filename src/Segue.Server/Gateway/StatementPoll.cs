using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Recovery;
using Segue.Core.Routing;

namespace Segue.Server.Gateway;

/// <summary>
/// One poll of a handle: serves what is held back, else gets the next page from the attempt, else brings the query to a new attempt, else
/// says QUEUED after the long poll.
/// </summary>
internal sealed class StatementPoll(
    GatewayServices gateway, HttpContext context, QueryHandle handle, QueryHandle.Turn turn, ClientOrigin origin, StatementPath path)
{
    /// <summary>A coordinator that just took over may be full for a moment; that is no result (R6.4).</summary>
    private static readonly TimeSpan FullPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly PageSender _sender = new(gateway, context, handle, origin, path.Sequence);
    private readonly Instant _begun = gateway.Now;
    private IDisposable? _slot;

    private bool TimeIsUp => gateway.Now - _begun >= GatewayServices.LongPoll;

    public async Task RunAsync()
    {
        try
        {
            while (!await StepAsync())
            {
            }
        }
        finally
        {
            _slot?.Dispose();
        }
    }

    /// <returns>True once the poll was answered.</returns>
    private async Task<bool> StepAsync()
    {
        if (handle.HeldBack.Count > 0 && !MayHoldBackMore())
        {
            await _sender.SendHeldBackAsync(turn.Cancellation);
            return true;
        }
        var snapshot = gateway.Cluster.Current;
        switch (Decide(snapshot))
        {
            case RecoveryDecision.PollOn:
                return await FetchAsync(snapshot);
            case RecoveryDecision.SubmitAgain submit:
                handle.Attempt = null;
                return await SubmitAsync(snapshot, submit.Sentence);
            case RecoveryDecision.RunAgain again:
                LeaveAttempt(again.Sentence);
                return false;
            case RecoveryDecision.Wait wait:
                return await WaitAsync(snapshot, wait.Sentence);
            case RecoveryDecision.Fail fail:
                gateway.Metrics.Recovered(gateway.Config.Name, "refused");
                await _sender.FailAsync(fail.Error, fail.Sentence, fail.ClearTransaction);
                return true;
            case RecoveryDecision.RollbackSucceeded:
                await _sender.SendRollbackAsync();
                return true;
            case var other:
                throw new InvalidOperationException($"no such decision: {other}");
        }
    }

    private RecoveryDecision Decide(RoutingSnapshot snapshot)
    {
        if (handle.Refusal is { } refusal)
            return new RecoveryDecision.Fail(refusal, "Segue holds as many statements as hold.max_queries, hold.max_bytes and hold.max_per_user allow. It was not started: send it again later.");
        if (handle.Submission is not { } submission)
            return DecideAdopted(snapshot);
        var attempt = handle.Attempt;
        var fate = attempt is null ? FateOfHome(snapshot, submission) : FateOf(attempt, snapshot);
        var moved = attempt is { FirstPollMayHaveBeenSent: false } && submission.Transaction is null
            && snapshot.Active is { } active && active != attempt.Place.Coordinator;
        return RecoveryPolicy.Decide(new RecoveryInput
        {
            Statement = submission.Class,
            Sent = attempt is null ? Sent.Nothing : attempt.FirstPollMayHaveBeenSent ? Sent.FirstPoll : Sent.Post,
            // I1: a first poll goes to the active coordinator alone
            Fate = moved ? AttemptFate.Superseded : fate,
            CoordinatorAnswers = attempt is not null && Answers(attempt, snapshot),
            ExecutesOnPost = false,
            InTransaction = submission.Transaction is not null,
            RowsDelivered = handle.RowsDelivered,
            SessionOutcomeDelivered = handle.SessionOutcomeDelivered,
            AttemptsUsed = handle.AttemptsUsed,
            AttemptsMax = gateway.Config.Recovery.Attempts,
            CoordinatorsLostWhileRunning = handle.CoordinatorsLost,
            Waited = Waited(),
            WritesMaxWait = gateway.Config.Recovery.WritesMaxWait,
            HoldMaxTime = gateway.Config.Hold.MaxTime,
            QueryId = attempt?.QueryId,
            Coordinator = attempt?.Place.Coordinator ?? "the coordinator",
        });
    }

    /// <summary>Only a token told of it: it can be polled on, and nothing else (R3.3).</summary>
    private RecoveryDecision DecideAdopted(RoutingSnapshot snapshot) => handle.Attempt switch
    {
        null => new RecoveryDecision.Fail(SegueErrors.Restarted,
            "Segue was restarted while it held this statement. It was never started: send it again."),
        var attempt => FateOf(attempt, snapshot) switch
        {
            AttemptFate.Running or AttemptFate.Superseded when Answers(attempt, snapshot) => new RecoveryDecision.PollOn("It runs on."),
            AttemptFate.Lost => new RecoveryDecision.Fail(handle.MayHaveEffects ? SegueErrors.OutcomeUnknown : SegueErrors.Restarted,
                $"Segue was restarted and then {attempt.Place.Coordinator}, which ran query {attempt.QueryId}, was lost. "
                + (handle.MayHaveEffects ? "The statement may or may not have taken effect: look before you send it again." : "It changed nothing: send it again.")),
            _ when Waited() >= gateway.Config.Hold.MaxTime => new RecoveryDecision.Fail(SegueErrors.HoldTimeout,
                $"{attempt.Place.Coordinator}, which runs query {attempt.QueryId}, has been silent for {Waited().TotalSeconds:0} s."),
            _ => new RecoveryDecision.Wait($"{attempt.Place.Coordinator} is silent."),
        },
    };

    private static AttemptFate FateOf(Attempt attempt, RoutingSnapshot snapshot) =>
        attempt.Refused ? AttemptFate.Lost : attempt.Place.FateIn(snapshot);

    /// <summary>Before anything was sent only a transaction ties a statement to a coordinator (R6.6).</summary>
    private static AttemptFate FateOfHome(RoutingSnapshot snapshot, Submission submission)
    {
        if (submission.Transaction is not { } tagged || TransactionTag.Split(tagged).Incarnation is not { } incarnation)
            return AttemptFate.Running;
        return TransactionTag.Home(snapshot, incarnation) switch
        {
            null => AttemptFate.Lost,
            { Liveness: Liveness.Answering } => AttemptFate.Running,
            _ => AttemptFate.Unknown,
        };
    }

    private static bool Answers(Attempt attempt, RoutingSnapshot snapshot) =>
        snapshot.Coordinators.TryGetValue(attempt.Place.Coordinator, out var route) && route.Liveness == Liveness.Answering;

    private TimeSpan Waited() => handle.WaitingSince is { } since ? gateway.Now - since : TimeSpan.Zero;

    private async Task<bool> WaitAsync(RoutingSnapshot snapshot, string why)
    {
        handle.WaitingSince ??= gateway.Now;
        if (!gateway.Book.TryHold(handle))
        {
            handle.Refusal = SegueErrors.HoldFull;
            return false;
        }
        if (TimeIsUp)
        {
            GatewayLog.Holding(gateway.Log, handle.Id, why);
            await _sender.SendQueuedAsync(_begun);
            return true;
        }
        await gateway.WaitForChangeAsync(snapshot, _begun + GatewayServices.LongPoll, turn.Cancellation);
        return false;
    }

    private async Task<bool> SubmitAsync(RoutingSnapshot snapshot, string why)
    {
        var submission = handle.Submission!;
        var home = submission.Transaction is { } tagged && TransactionTag.Split(tagged).Incarnation is { } incarnation
            ? TransactionTag.Home(snapshot, incarnation)?.Name
            : null;
        if ((home ?? snapshot.OpenTo) is not { } coordinator)
            return Waited() >= gateway.Config.Hold.MaxTime ? await HoldTimedOutAsync(snapshot) : await WaitAsync(snapshot, snapshot.Reason);
        if (handle.WaitingSince is not null && !await TakeSlotAsync())
            return await WaitAsync(snapshot, "Others go first after the promotion.");
        var submitter = new StatementSubmit(gateway, context);
        switch (await submitter.SendAsync(handle, submission, snapshot, coordinator, home is not null, turn.Cancellation))
        {
            case SubmitOutcome.Accepted accepted:
                EndHold();
                handle.Attempt = accepted.Attempt;
                handle.AttemptsUsed++;
                GatewayLog.Submitted(gateway.Log, handle.Id, accepted.Attempt.QueryId, coordinator, why);
                return false;
            case SubmitOutcome.Answered answered:
                using (answered.Response)
                    await _sender.SendForeignAsync(answered.Response);
                return true;
            case SubmitOutcome.NotSent:
                return await WaitAsync(gateway.Cluster.Current, snapshot.Reason);
            case var other:
                throw new InvalidOperationException($"no such outcome: {other}");
        }
    }

    private async Task<bool> TakeSlotAsync()
    {
        if (_slot is not null)
            return true;
        var left = _begun + GatewayServices.LongPoll - gateway.Now;
        if (left <= TimeSpan.Zero)
            return false;
        using var timer = new CancellationTokenSource(left, gateway.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, turn.Cancellation);
        try
        {
            _slot = await gateway.Release.EnterAsync(handle.AttemptsUsed > 0, handle.Created, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!turn.Cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> HoldTimedOutAsync(RoutingSnapshot snapshot)
    {
        await _sender.FailAsync(SegueErrors.HoldTimeout,
            $"No coordinator took the statement within {Waited().TotalSeconds:0} s: {snapshot.Reason} It was not started.", clearTransaction: false);
        return true;
    }

    private void EndHold()
    {
        if (handle.WaitingSince is { } since)
            gateway.Metrics.HoldEnded(gateway.Config.Name, "released", gateway.Now - since);
        handle.WaitingSince = null;
        gateway.Book.LeaveHold(handle);
    }

    private void LeaveAttempt(string why)
    {
        GatewayLog.RunsAgain(gateway.Log, handle.Id, why);
        if (!handle.Attempt!.Refused)
            handle.CoordinatorsLost++;
        handle.Attempt = null;
        handle.DropHeldBack();
        handle.WaitingSince ??= gateway.Now;
        gateway.Book.CountRecovery();
        gateway.Metrics.Recovered(gateway.Config.Name, "run_again");
    }

    private bool MayHoldBackMore()
    {
        var recovery = gateway.Config.Recovery;
        return handle.Attempt?.NextPath is not null
            && CanHoldBack()
            && handle.HeldBack.All(page => page.State == PageState.Complete)
            && handle.HeldBack.Sum(page => page.Buffered) < recovery.HoldbackBytes
            && handle.FirstRow is { } first && (handle.Draining || gateway.Now - first < recovery.HoldbackTime);
    }

    /// <summary>Only for what may be run again, and where a client's credentials serve more than one upstream call (R4.2).</summary>
    private bool CanHoldBack() =>
        handle is { MayHaveEffects: false, Submission.Transaction: null, RowsDelivered: 0 }
        && !context.Request.Headers.Authorization.ToString().StartsWith("Negotiate", StringComparison.OrdinalIgnoreCase);

    private async Task<bool> FetchAsync(RoutingSnapshot snapshot)
    {
        var attempt = handle.Attempt!;
        var fetch = new PageFetch(gateway, context, handle, attempt, path);
        var outcome = await fetch.GetAsync(snapshot, HoldbackEnds(), turn.Cancellation);
        switch (outcome)
        {
            case FetchOutcome.Page { Response: var page }:
                return await TakeAsync(attempt, page);
            case FetchOutcome.Foreign { Response: var response }:
                using (response)
                    return await TakeForeignAsync(attempt, response);
            case FetchOutcome.None:
                return await AfterNothingAsync();
            default:
                throw new InvalidOperationException($"no such outcome: {outcome}");
        }
    }

    private Instant? HoldbackEnds() => handle.Draining || handle.HeldBack.Count == 0 ? null : handle.FirstRow + gateway.Config.Recovery.HoldbackTime;

    /// <summary>No page came: the next look at the snapshot says what is done, and never in a hot loop.</summary>
    private async Task<bool> AfterNothingAsync()
    {
        if (handle.HeldBack.Count > 0 && !MayHoldBackMore())
            return false;
        var now = gateway.Cluster.Current;
        if (Decide(now) is RecoveryDecision.PollOn)
        {
            if (TimeIsUp)
                return await WaitAsync(now, "The coordinator did not answer a poll.");
            await gateway.WaitForChangeAsync(now, gateway.Now + RetryPause, turn.Cancellation);
        }
        return false;
    }

    private async Task<bool> TakeAsync(Attempt attempt, UpstreamPage page)
    {
        var room = CanHoldBack()
            ? gateway.Config.Recovery.HoldbackBytes - handle.HeldBack.Sum(held => held.Buffered)
            : PageSender.StreamBytes;
        using (var watch = new SnapshotWatch(gateway.Cluster, now => handle.IsUseless(attempt, now), turn.Cancellation))
        {
            try
            {
                await page.ReadAsync(Math.Max(1, room), watch.Cancellation);
            }
            catch (OperationCanceledException) when (!turn.Cancellation.IsCancellationRequested)
            {
                page.Break("its coordinator was lost");
            }
        }
        if (page.State == PageState.Broken)
        {
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, page.Fault!);
            page.Dispose();
            await gateway.Cluster.ConfirmAsync(attempt.Place.Coordinator, turn.Cancellation);
            return await AfterNothingAsync();
        }
        EndHold();
        if (page.Facts is { Error: { } error } && page.Rows == 0 && IsNoResult(error))
        {
            page.Dispose();
            return await RefusedAsync(attempt, error);
        }
        gateway.Cluster.ReportAnswer(attempt.Place.Coordinator, null);
        if (handle.ColumnsShown != 0 && page.Scanner.ReadFacts() is { HasColumns: true } shown && shown.ColumnsHash != handle.ColumnsShown)
        {
            // R4.4: what the client was told of the columns must stay true
            page.Dispose();
            await _sender.FailAsync(SegueErrors.QueryLost,
                $"{attempt.Place.Coordinator} runs the query again, and its columns are not those that were shown before. It changed nothing: send it again.",
                clearTransaction: false);
            return true;
        }
        handle.Draining |= page.Facts is { State: "FINISHED" or "FINISHING" };
        if (page.Facts is { } facts)
            attempt.NextPath = facts.NextUri is { } next ? StatementPath.UpstreamOf(next) : null;
        if (page.Scanner.HasData && page.Scanner.Rows > 0)
            handle.FirstRow ??= gateway.Now;
        // news without rows are old once rows wait
        if (handle.HeldBack.Count > 0 && page.State == PageState.Complete && !page.Scanner.HasData && attempt.NextPath is not null)
            page.Dispose();
        else
            handle.HeldBack.Enqueue(page);
        if (MayHoldBackMore())
            return false;
        await _sender.SendHeldBackAsync(turn.Cancellation);
        return true;
    }

    private bool IsNoResult(PageError error) =>
        error.IsNotReady || (error.Name == "QUERY_QUEUE_FULL" && gateway.SinceEpochChange < FullPatience && handle.Attempt!.QueryId != handle.Id);

    private async Task<bool> RefusedAsync(Attempt attempt, PageError error)
    {
        GatewayLog.Refused(gateway.Log, handle.Id, attempt.Place.Coordinator, error.Name);
        handle.WaitingSince ??= gateway.Now;
        handle.DropHeldBack();
        if (error.IsNotReady)
        {
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, error.Name);
            await gateway.Cluster.ConfirmAsync(attempt.Place.Coordinator, turn.Cancellation);
        }
        // the coordinator's own word that it failed the statement: a starting one began nothing
        if (error.Name == "SERVER_SHUTTING_DOWN")
            attempt.Refused = true;
        else
            handle.Attempt = null;
        await gateway.WaitForChangeAsync(gateway.Cluster.Current, gateway.Now + RetryPause, turn.Cancellation);
        return false;
    }

    private async Task<bool> TakeForeignAsync(Attempt attempt, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status is 502 or 503 or 504)
        {
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, $"answered {status}");
            return await AfterNothingAsync();
        }
        if (status is 404 or 410)
        {
            // a new incarnation has forgotten every query: look before it is taken for the engine's word
            await gateway.Cluster.ConfirmAsync(attempt.Place.Coordinator, turn.Cancellation);
            if (FateOf(attempt, gateway.Cluster.Current) == AttemptFate.Lost)
                return false;
        }
        await _sender.SendForeignAsync(response);
        return true;
    }
}
