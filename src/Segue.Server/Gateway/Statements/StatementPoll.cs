using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Recovery;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Resuming;

namespace Segue.Server.Gateway.Statements;

/// <summary>
/// One poll of a handle: serves what is held back, else gets the next page from the attempt, else brings the query to a new attempt, else
/// says QUEUED after the long poll.
/// </summary>
internal sealed partial class StatementPoll(GatewayServices gateway, ClientCall call, QueryHandle handle, QueryHandle.Turn turn, StatementPath path)
{
    /// <summary>A coordinator that just took over may be full for a moment; that is no result (R6.4).</summary>
    private static readonly TimeSpan FullPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private const int MostErrors = 3;

    private readonly PageSender _sender = new(gateway, call, handle, path.Sequence);
    private readonly ResumePoll _resume = new(gateway, handle, new PageSender(gateway, call, handle, path.Sequence));
    private readonly Instant _begun = gateway.Now;
    private readonly TimeSpan _sinceEpochChange = gateway.ObserveEpoch();
    private IDisposable? _slot;
    private bool _asked;

    private bool TimeIsUp => gateway.Now - _begun >= GatewayServices.LongPoll;

    private TimeSpan Waited => StatementDecision.Waited(gateway, handle);

    public async Task RunAsync()
    {
        try
        {
            while (!await StepAsync())
                turn.Cancellation.ThrowIfCancellationRequested();
        }
        finally
        {
            _slot?.Dispose();
        }
    }

    /// <returns>True once the poll was answered.</returns>
    private async Task<bool> StepAsync()
    {
        await RememberAsync();
        if (handle.Resume is { } resume && await _resume.GoOnAsync(resume, () => TimeIsUp, _begun, turn.Cancellation))
            return true;
        if (handle.Spool is { } spool && await GoOnSpoolingAsync(spool))
            return true;
        if (handle.HeldBack.Count > 0 && !Holdback.MayKeepMore(gateway, handle, call))
        {
            await _sender.SendHeldBackAsync(turn.Cancellation);
            return true;
        }
        var snapshot = gateway.Cluster.Current;
        var decision = await RememberedElseAsync(StatementDecision.Of(gateway, handle, snapshot), snapshot);
        if (handle is { Ended: true, CanceledByOperator: false } && (handle.CanceledByClient || decision is not RecoveryDecision.PollOn))
        {
            // its last page was delivered and cannot be given again; nothing starts it anew (R3.3)
            await PlainAnswer.GoneAsync(call.Context, "The query has ended, and its last page is not there any more.");
            return true;
        }
        // R3.2: whatever else there is to be done is its owner's, and so is what may be a first poll
        if (handle.Owner is not null && (decision is not RecoveryDecision.PollOn || (handle.MayHaveEffects && handle.Attempt is { MayHaveBegun: false } or { NextPollMayBeFirst: true })))
            return await LeaveToOwnerAsync(snapshot);
        if (_asked && call.IsNegotiate && decision is RecoveryDecision.PollOn or RecoveryDecision.SubmitAgain)
        {
            // R4.2: the coordinator was asked with these credentials already, and they serve once
            await _sender.SendQueuedAsync(_begun);
            return true;
        }
        switch (decision)
        {
            case RecoveryDecision.PollOn:
                return await FetchAsync(snapshot);
            case RecoveryDecision.SubmitAgain submit:
                StoryTeller.LeaveUnbegun(gateway, handle, submit.Sentence);
                return await SubmitAsync(snapshot, submit.Sentence);
            case RecoveryDecision.RunAgain again:
                await EndGoneRunAsync();
                LeaveAttempt(again.Sentence, snapshot);
                gateway.Metrics.Recovered(gateway.Config.Name, "run_again");
                return false;
            case RecoveryDecision.ResumeBehind behind:
                await EndGoneRunAsync();
                LeaveAttempt(behind.Sentence, snapshot);
                _resume.Begin();
                return false;
            case RecoveryDecision.Wait wait:
                return await WaitAsync(snapshot, wait.Sentence);
            case RecoveryDecision.AskOutcome ask:
                gateway.Writes.Ask(handle);
                return await WaitAsync(snapshot, ask.Sentence, RetryPause);
            case RecoveryDecision.Succeeded done:
                await SendWrittenAsync(done.Rows, done.Sentence);
                return true;
            case RecoveryDecision.Fail fail:
                if (handle.Refusal is null)
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

    /// <summary>Nothing can be done now. The client waits on, with a QUEUED page after the long poll.</summary>
    private async Task<bool> WaitAsync(RoutingSnapshot snapshot, string why, TimeSpan? atMost = null)
    {
        handle.WaitingSince ??= gateway.Now;
        handle.Tell(gateway.Now, MomentKind.Waits, "", why);
        if (!gateway.Book.TryHold(handle, ranBefore: handle.Submits > 0))
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
        var end = _begun + GatewayServices.LongPoll;
        if (atMost is { } pause && gateway.Now + pause < end)
            end = gateway.Now + pause;
        await call.For(gateway.WaitForChangeAsync(snapshot, end, turn.Cancellation));
        return false;
    }

    /// <summary>It waits for a coordinator to take it, and not for ever.</summary>
    private async Task<bool> HoldAsync(RoutingSnapshot snapshot, string why, TimeSpan? atMost = null)
    {
        if (Waited < gateway.Config.Hold.MaxTime)
            return await WaitAsync(snapshot, why, atMost);
        await _sender.FailAsync(SegueErrors.HoldTimeout,
            $"No coordinator took the statement within {Waited.TotalSeconds:0} s: {why} It {(handle.Runs > 0 ? "changed nothing" : "was not started")}.", clearTransaction: false);
        return true;
    }

    private void EndHold()
    {
        if (handle.WaitingSince is { } since)
            StoryTeller.HoldEnds(gateway, handle, since);
        handle.WaitingSince = null;
        gateway.Book.LeaveHold(handle);
    }

    private void LeaveAttempt(string why, RoutingSnapshot snapshot)
    {
        if (handle.HeldBack.Sum(static page => page.Tally.Rows) + (handle.Spool?.Rows ?? 0) is > 0 and var unseen)
            why += $" {unseen} rows that were kept back are dropped, no client has seen them.";
        GatewayLog.RunsAgain(gateway.Log, handle.Id, why);
        handle.Tell(gateway.Now, MomentKind.Left, "", why);
        if (StatementDecision.DiedWith(handle.Attempt, snapshot))
            handle.CoordinatorsLost++;
        NoteUndone();
        handle.Attempt = null;
        handle.LostPost = null;
        handle.DropHeldBack();
        handle.WaitingSince ??= gateway.Now;
        gateway.Book.CountRecovery();
    }

    private async Task<bool> FetchAsync(RoutingSnapshot snapshot)
    {
        _asked = true;
        var attempt = handle.Attempt!;
        var fetch = new PageFetch(gateway, call, handle, attempt, path, Holdback.SpoolFor(gateway, handle, call));
        // only rows that wait have a time by which they must go out
        var holdbackEnds = handle.Draining || handle.HeldBack.Count == 0 ? null : handle.FirstRow + gateway.Config.Recovery.HoldbackTime;
        var outcome = await fetch.GetAsync(snapshot, holdbackEnds, turn.Cancellation);
        // a write's run is not changed under its page
        if (!handle.MayHaveEffects)
            await RememberAsync();
        switch (outcome)
        {
            case FetchOutcome.Page { Response: var page }:
                return await TakeAsync(attempt, page);
            case FetchOutcome.Foreign foreign:
                using (foreign.Response)
                    return handle.Refusal is null && await TakeForeignAsync(attempt, foreign);
            case FetchOutcome.None:
                return await AfterNothingAsync();
            default:
                throw new InvalidOperationException($"no such outcome: {outcome}");
        }
    }

    /// <summary>No page came: the next look at the snapshot says what is done, and never in a hot loop, nor for ever.</summary>
    private async Task<bool> AfterNothingAsync()
    {
        if (handle.HeldBack.Count > 0 && !Holdback.MayKeepMore(gateway, handle, call))
            return false;
        var now = gateway.Cluster.Current;
        if (StatementDecision.Of(gateway, handle, now) is not RecoveryDecision.PollOn)
            return false;
        if (Waited < gateway.Config.Hold.MaxTime)
            return await WaitAsync(now, "The coordinator did not answer a poll.", RetryPause);
        var attempt = handle.Attempt!;
        var happened = $"{attempt.Place.Coordinator} has not answered a poll of query {attempt.QueryId} for {Waited.TotalSeconds:0} s. ";
        await (handle.MayHaveEffects
            ? _sender.FailAsync(SegueErrors.OutcomeUnknown, happened + "It may or may not have taken effect: look before you send it again.", clearTransaction: false)
            : _sender.FailAsync(SegueErrors.HoldTimeout, happened + "It changed nothing: send it again.", clearTransaction: false));
        return true;
    }

    private async Task<bool> TakeAsync(Attempt attempt, UpstreamPage page)
    {
        try
        {
            await ReadAsync(attempt, page);
        }
        catch
        {
            page.Dispose();
            throw;
        }
        if (handle.Spool is { Closed: not null } && page is { IsSpooled: true, State: PageState.Arriving })
        {
            LeaveSpooling(attempt, page);
            return false;
        }
        if (page.State == PageState.Broken)
        {
            // rows of it that were compared are not compared again
            if (handle.Resume is not null)
                handle.BrokenPage = (page.Path, page.Skipped);
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, page.Fault!);
            page.Dispose();
            await call.For(gateway.Cluster.ConfirmAsync(attempt.Place.Coordinator, turn.Cancellation));
            return await AfterNothingAsync();
        }
        if (handle.IsUseless(attempt, gateway.Cluster.Current))
        {
            // R3.5: what a coordinator says of a query that was taken from it, for instance that it was killed, is no result
            page.Dispose();
            return await AfterNothingAsync();
        }
        if (page.Facts?.Error is { } error && IsNoResult(error))
        {
            page.Dispose();
            return await RefusedAsync(attempt, error);
        }
        if (page.Facts?.Error is { Name: "TABLE_ALREADY_EXISTS" } && handle.Write is { Undone.Length: > 0 } && await FindsItsOwnWorkAsync(page))
            return true;
        EndHold();
        // it has started: the next one may
        _slot?.Dispose();
        _slot = null;
        gateway.Cluster.ReportAnswer(attempt.Place.Coordinator, null);
        attempt.NextPollMayBeFirst = false;
        attempt.Errors = 0;
        if (!ShowsTheSame(page))
        {
            page.Dispose();
            await _sender.FailAsync(SegueErrors.QueryLost,
                $"{attempt.Place.Coordinator} runs the query again, and its columns are not those that were shown before. It changed nothing: send it again.",
                clearTransaction: false);
            return true;
        }
        if (page.IsSpooled && !await handle.Spool!.EndPageAsync(page.Scanner.Rows))
        {
            LeaveSpooling(attempt, page);
            return false;
        }
        handle.Draining |= page.Facts is { State: "FINISHED" or "FINISHING" };
        if (page.Facts is { } facts)
            attempt.NextPath = facts.NextUri is { } next ? StatementPath.UpstreamOf(next) : null;
        if (handle.Resume is { } resume)
            return await _resume.TakeAsync(resume, page, TimeIsUp, _begun);
        if (page.Scanner.HasData && page.Scanner.Rows > 0)
            handle.FirstRow ??= gateway.Now;
        if (handle.Spool is { } spool && await KeepsBackAsync(spool, attempt, page))
            return false;
        // news without rows are old once rows wait
        if (handle.HeldBack.Count > 0 && page.State == PageState.Complete && !page.Scanner.HasData && attempt.NextPath is not null)
            page.Dispose();
        else
            handle.HeldBack.Enqueue(page);
        if (Holdback.MayKeepMore(gateway, handle, call))
            return false;
        await _sender.SendHeldBackAsync(turn.Cancellation);
        return true;
    }

    private async Task ReadAsync(Attempt attempt, UpstreamPage page)
    {
        var memory = gateway.Book.Memory;
        var wish = page.HasKeeper ? 1 : Holdback.IsFor(handle, call) ? (int)Math.Max(0, gateway.Config.Recovery.HoldbackBytes - handle.HeldBack.Sum(held => held.Buffered)) : PageSender.StreamBytes;
        // more than any stream may take is asked for before it is read; where there is no room rows go out as they come (R6.5)
        var reserved = wish > PageSender.StreamBytes && memory.TryTake(wish) ? wish : 0;
        using var watch = new SnapshotWatch(gateway.Cluster, now => handle.IsUseless(attempt, now), turn.Cancellation);
        try
        {
            do
            {
                await page.ReadAsync(Math.Max(1, reserved > 0 ? wish : Math.Min(wish, PageSender.StreamBytes)), call, watch.Cancellation);
                if (handle.Resume is { } resume)
                    await resume.TakeAsync(page);
            }
            while (handle.Resume is { Failure: null } && page.State == PageState.Arriving);
        }
        catch (OperationCanceledException) when (!turn.Cancellation.IsCancellationRequested)
        {
            page.Break("its coordinator was lost");
        }
        finally
        {
            memory.GiveBack(reserved);
        }
    }

    /// <summary>R4.4: what the client was told of columns and encoding must stay true.</summary>
    private bool ShowsTheSame(UpstreamPage page)
    {
        if (handle.ColumnsShown != 0 && page.Scanner.ReadFacts() is { HasColumns: true } shown && shown.ColumnsHash != handle.ColumnsShown)
            return false;
        return handle.EncodingShown is not { } encoding || _sender.EncodingOf(page.Response) is not { } now || now == encoding;
    }

    private bool IsNoResult(PageError error) =>
        error.IsNotReady || (error.Name == "QUERY_QUEUE_FULL" && (handle.RowsDelivered == 0 || handle.Resume is not null) && handle.Submission is { IsKept: true } && _sinceEpochChange < FullPatience);

    private async Task<bool> RefusedAsync(Attempt attempt, PageError error)
    {
        GatewayLog.Refused(gateway.Log, handle.Id, attempt.Place.Coordinator, error.Name);
        handle.DropHeldBack();
        if (error.IsNotReady)
        {
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, error.Name);
            await call.For(gateway.Cluster.ConfirmAsync(attempt.Place.Coordinator, turn.Cancellation));
        }
        // the coordinator's own word that it failed the statement: a starting or full one began nothing
        if (error.Name == "SERVER_SHUTTING_DOWN" || (handle.RowsDelivered > 0 && handle.Resume is not { HasBegun: false }) || handle.Submission is null)
            attempt.Refused = true;
        else
        {
            handle.Attempt = null;
            handle.Runs--;
        }
        return await HoldAsync(gateway.Cluster.Current, $"{attempt.Place.Coordinator} said {error.Name}.", RetryPause);
    }

    private async Task<bool> TakeForeignAsync(Attempt attempt, FetchOutcome.Foreign foreign)
    {
        var status = (int)foreign.Response.StatusCode;
        if (status is 502 or 503 or 504)
        {
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, $"answered {status}");
            return await AfterNothingAsync();
        }
        // said too where a poll of the same page, for which nobody waits any more, was answered just then: the page is there still
        if (status == 500 && ++attempt.Errors < MostErrors)
            return await AfterNothingAsync();
        if (status is 404 or 410)
        {
            // a new incarnation has forgotten every query: look before it is taken for the engine's word
            await call.For(gateway.Cluster.ConfirmAsync(attempt.Place.Coordinator, turn.Cancellation));
            var fate = StatementDecision.FateOf(attempt, gateway.Cluster.Current);
            // it does not answer now: whose word it was is not known
            if (fate == AttemptFate.Unknown)
                return await AfterNothingAsync();
            if (fate == AttemptFate.Lost)
            {
                if (foreign.ToFirstPoll && status == 404)
                {
                    // who was asked to begin it did not know it, and who knew it was never asked
                    attempt.MayHaveBegun = false;
                    handle.Runs--;
                }
                return false;
            }
            if (attempt.Place.Generation is null)
            {
                attempt.PageGone = true;
                return false;
            }
        }
        await PassThrough.CopyAsync(foreign.Response, call.Context);
        return true;
    }
}
