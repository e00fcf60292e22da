using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Owners;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;
using Segue.Server.Recovery;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway.Statements;

/// <summary>The statement protocol towards clients: submit, poll, cancel.</summary>
internal sealed class StatementGateway(GatewayServices gateway)
{
    private const string NotOurs = "This nextUri was not made by this deployment of Segue, or its key is gone.";

    /// <summary>So that two clients that poll with one token end each other's polls slowly.</summary>
    private static readonly TimeSpan StepAside = TimeSpan.FromMilliseconds(150);

    private const string Superseded = "A later page of this query was asked for already, or the query is not followed any more.";

    /// <summary>Between two submits to a coordinator that should take them.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly PassThrough _through = new(gateway.Calls);
    private readonly OwnerDesk? _owners = gateway.Others is { } others ? new OwnerDesk(gateway, others) : null;

    /// <summary>POST /v1/statement, or PUT with an id of the client's choice: answered with a page that has a nextUri, never with a wait that clients would not retry.</summary>
    public async Task SubmitAsync(HttpContext context, string target, string? chosenId)
    {
        var call = Call(context);
        if (await SubmissionReading.ReadBodyAsync(gateway, call) is not { } body)
            return;
        var submission = SubmissionReading.Of(
            gateway, context.Request.Method, target, body, HeaderRules.CaptureUncompressed(context.Request.Headers), QueryRequests.HashOf(context.Request));
        var statement = NewHandle(chosenId ?? "", submission);
        if (chosenId is not null && gateway.Book.TryGet(chosenId, out var known))
            await RepeatAsync(call, known, submission);
        else
        {
            await SubmitAsync(call, statement, submission, target);
            gateway.Metrics.Added(gateway.Config.Name, call.Added);
        }
    }

    private async Task SubmitAsync(ClientCall call, QueryHandle statement, Submission submission, string target)
    {
        var kept = gateway.Book.TryKeepText(statement);
        var submitter = new StatementSubmit(gateway, call);
        // whoever passed it on does not know whether an old engine has begun it, and comes again
        var onlyPolled = statement.MayHaveEffects && call.Context.Features.Get<PassedFrom>() is not null;
        Instant? deadline = null;
        try
        {
            while (submission.Transaction is null)
            {
                var snapshot = gateway.Cluster.Current;
                if (snapshot.OpenTo is { } coordinator && !(onlyPolled && snapshot.Coordinators[coordinator].ExecutesOnPost))
                {
                    switch (await submitter.SendAsync(statement, submission, snapshot, coordinator, inTransaction: false, call.Aborted))
                    {
                        case SubmitOutcome.Accepted accepted:
                            statement.Id = accepted.Attempt.QueryId;
                            statement.Take(accepted.Attempt, gateway.Now);
                            if (!kept)
                                gateway.Book.ForgetText(statement);
                            HeaderRules.CopyResponse(accepted.Response, call.Context.Response, withLength: false);
                            await BeginAsync(call, statement);
                            return;
                        case SubmitOutcome.Answered answered:
                            gateway.Book.ForgetText(statement);
                            using (answered.Response)
                                await PassThrough.CopyAsync(answered.Response, call.Context);
                            return;
                        case SubmitOutcome.Lost:
                            // the error comes on the GET (npm trino-client would not show it here)
                            statement.LostPost = coordinator;
                            statement.Runs++;
                            await BeginAsync(call, statement);
                            return;
                    }
                }
                else if (_owners is not null && submission.Method == HttpMethod.Post && await _owners.PassStatementAsync(call, target, submission.Body))
                {
                    gateway.Book.ForgetText(statement);
                    return;
                }
                var end = deadline ??= gateway.Now + GatewayServices.LongPoll;
                if (gateway.Now >= end)
                    break;
                var pause = snapshot.OpenTo is null ? end : Earlier(end, gateway.Now + RetryPause);
                await call.For(gateway.WaitForChangeAsync(snapshot, pause, call.Aborted));
            }
            await HoldAsync(call, statement);
        }
        catch
        {
            gateway.Book.ForgetText(statement);
            throw;
        }
    }

    /// <summary>The same PUT again is the same query until its first poll, as on the engine (protocol.md §1.2); anything else under its id is refused.</summary>
    private async Task RepeatAsync(ClientCall call, QueryHandle known, Submission submission)
    {
        // the path carries the slug, which only the sender knows: nobody else ends a stream by this
        if (known.Submission is { } before && before.PathAndQuery == submission.PathAndQuery && before.User == submission.User && known.Answered == 0)
        {
            using var turn = await known.TakeTurnAsync(call.Aborted);
            if (known is { Ended: false, Answered: 0, LastAnswer: { } first })
            {
                await new PageSender(gateway, call, known, sequence: 0).SendOwnAsync(first);
                return;
            }
        }
        await PlainAnswer.SayAsync(call.Context, StatusCodes.Status409Conflict, $"Query {known.Id} exists already.");
    }

    /// <summary>GET of a nextUri that Segue wrote. HEAD is no poll and ends no stream (R3.8).</summary>
    public async Task PollAsync(HttpContext context, StatementPath path, string target)
    {
        if (Open(path) is not { } token)
        {
            await PlainAnswer.GoneAsync(context, NotOurs);
            return;
        }
        if (WasCanceled(token))
        {
            await PlainAnswer.GoneAsync(context, "The query was cancelled before Segue was restarted.");
            return;
        }
        var call = Call(context);
        var part = _owners is null ? Part.Own : await _owners.OfPollAsync(call, path, token, target);
        if (part == Part.Answered)
            return;
        var handle = part == Part.Borrowed ? Borrow(token) : Find(token);
        // looked at before the turn is taken too: who comes late with an old token must not end the stream of a newer one
        if (token.Sequence != path.Sequence || token.Sequence < handle.Answered)
        {
            await PlainAnswer.GoneAsync(context, Superseded);
            return;
        }
        var begun = gateway.Now;
        try
        {
            await PollAsync(call, handle, token, path);
        }
        catch (OperationCanceledException) when (_owners is not null && !handle.CanceledByClient && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            // what ended it may have come late from another member, behind a cut, and nobody waits for that: this client stands where it was
            await call.For(Task.Delay(StepAside, gateway.Time, context.RequestAborted));
            await OwnerPages.SendWaitingAsync(gateway, call, path, begun);
        }
        gateway.Metrics.Added(gateway.Config.Name, call.Added);
    }

    private async Task PollAsync(ClientCall call, QueryHandle handle, QueryToken token, StatementPath path)
    {
        using var turn = await call.For(handle.TakeTurnAsync(call.Aborted));
        handle.LastSeen = gateway.Now;
        try
        {
            await PollAsync(call, handle, token, turn, path);
            await EndLeftRunAsync(call.Context, handle);
        }
        finally
        {
            handle.LastSeen = gateway.Now;
        }
    }

    private async Task PollAsync(ClientCall call, QueryHandle handle, QueryToken token, QueryHandle.Turn turn, StatementPath path)
    {
        if (_owners is not null)
            Adoption.TryCatchUp(handle, token);
        if (token.Sequence == handle.Answered && handle.LastAnswer is { } last)
        {
            // R3.8: the same again, and nothing moves
            var sender = new PageSender(gateway, call, handle, path.Sequence);
            if (!last.Own.IsEmpty)
                await sender.SendOwnAsync(last);
            else if (last.Page is { } page)
                await sender.SendWholeAsync(page, last.Before, turn.Cancellation);
            else if (last.Spooled is { } place && handle.Spool is { } spool)
                await sender.SendSpooledAsync(spool, place, last.Before, turn.Cancellation);
            else if (last.Aside is { } aside)
                await sender.SendAsideAsync(aside, turn.Cancellation);
            else
            {
                Rewind(handle, last);
                await new StatementPoll(gateway, call, handle, turn, path).RunAsync();
            }
        }
        else if (token.Sequence != handle.Answered + 1)
            await PlainAnswer.GoneAsync(call.Context, Superseded);
        else if (handle is { Ended: true, CanceledByOperator: false })
            await PlainAnswer.GoneAsync(call.Context, "The query was cancelled, or its last page was delivered.");
        else if (handle.Issued is { } issued && !issued.StandsWhere(token))
            // R3.5: the rows that this token counts are not those that the query stands at
            await PlainAnswer.GoneAsync(call.Context, "The page before was asked for again and answered otherwise, so this token cannot be continued.");
        else
        {
            handle.ForgetAnswer();
            if (!handle.NeedsText)
                gateway.Book.ForgetText(handle);
            await new StatementPoll(gateway, call, handle, turn, path).RunAsync();
        }
    }

    /// <summary>
    /// Trino's heartbeat while a client downloads segments; no poll, and it ends no stream (R3.8). Only what a poll has begun is asked for on
    /// the coordinator: where a server has no HEAD of its own it answers with GET, which would begin the statement.
    /// </summary>
    public async Task HeartbeatAsync(HttpContext context, StatementPath path, string target)
    {
        if (Open(path) is not { } token || WasCanceled(token))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var part = _owners is null ? Part.Own : await _owners.OfPollAsync(Call(context), path, token, target);
        if (part == Part.Answered)
            return;
        var handle = part == Part.Borrowed ? Borrow(token) : Find(token);
        if (handle.Ended)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        handle.LastSeen = gateway.Now;
        if (path.Executing && gateway.Config.Engine == EngineKind.Trino
            && handle.Attempt is { NextPath: { } next, MayHaveBegun: true, NextPollMayBeFirst: false } attempt && gateway.Coordinator(attempt.Place.Coordinator) is { } client)
            await _through.ForwardAsync(context, client, next);
    }

    /// <summary>Ends the query: nothing starts an attempt of it any more (R3.3).</summary>
    public async Task CancelAsync(HttpContext context, StatementPath path, string target)
    {
        if (Open(path) is not { } token)
        {
            await PlainAnswer.GoneAsync(context, NotOurs);
            return;
        }
        if (!WasCanceled(token))
        {
            if (_owners is not null && await _owners.OfCancelAsync(Call(context), token, target) == Part.Answered)
                return;
            if (await EndAsync(context, Find(token)) is { } owner)
            {
                await _owners!.PassCancelAsync(Call(context), owner, target);
                return;
            }
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>
    /// Records the end, and ends the poll that is under way, so that the cancel is the last word. It happens though its client goes away, and reaches the
    /// run that a poll was just beginning.
    /// </summary>
    /// <param name="told">The run whose coordinator knows already.</param>
    /// <returns>The member whose query it turns out to be by now, so that it goes on there; else null.</returns>
    public async Task<string?> EndAsync(HttpContext context, QueryHandle handle, Attempt? told = null)
    {
        var first = handle.TryEnd(byClient: true);
        using (await handle.TakeTurnAsync(CancellationToken.None))
        {
            gateway.Book.End(handle, canceled: first);
            handle.DropHeldBack();
            if (first)
                handle.ForgetAnswer();
        }
        if (!first)
            return null;
        var recorded = Journaling.EndAsync(gateway, handle, WriteRecovery.Canceled);
        handle.LastSeen = gateway.Now;
        gateway.Metrics.QueryEnded(gateway.Config.Name, "canceled");
        GatewayLog.Canceled(gateway.Log, handle.Id, handle.Submission?.User ?? "");
        handle.Tell(gateway.Now, MomentKind.Ended, "canceled", "Its client cancelled it.");
        if (handle.Attempt != told)
            await UpstreamCancel.ByClientAsync(gateway, context, handle, handle.Attempt);
        if (await recorded is { } by)
            handle.Owner = by;
        else if (handle is not { Remembering: null, LaterRun: null })
            context.Response.OnCompleted(() => EndRunsOfStoreAsync(context, handle));
        return handle.Owner;
    }

    /// <summary>Its runs that an earlier process began, or another one, and this one did not follow yet: behind the answer, because the store is waited for (I8).</summary>
    private async Task EndRunsOfStoreAsync(HttpContext context, QueryHandle handle)
    {
        foreach (var run in await Journaling.OtherRunsAsync(handle))
            await UpstreamCancel.ByClientAsync(gateway, context, handle, run);
    }

    /// <summary>The client has its outcome, and a run that answers still works for it: the operator's cancel, or an error of Segue's own.</summary>
    private async Task EndLeftRunAsync(HttpContext context, QueryHandle handle)
    {
        if (handle is not { Ended: true, Attempt: { MayHaveBegun: true, NextPath: not null } attempt }
            || StatementDecision.FateOf(attempt, gateway.Cluster.Current) != AttemptFate.Running)
            return;
        await context.Response.CompleteAsync();
        await UpstreamCancel.ByClientAsync(gateway, context, handle, attempt);
        attempt.NextPath = null;
    }

    /// <summary>The coordinator replays the page whose bytes went by, from where this token began.</summary>
    private static void Rewind(QueryHandle handle, Answer last)
    {
        handle.Answered--;
        handle.Delivered = last.Before;
        handle.BrokenPage = last.Skipped > 0 ? (last.Path!, last.Skipped) : null;
        if (handle.Attempt is { } attempt)
            attempt.NextPath = last.Path;
        handle.LastAnswer = null;
        handle.Issued = null;
    }

    private QueryToken? Open(StatementPath path) =>
        gateway.Seal.TryOpen(path.Token, out var token) == TokenVerdict.Opened && token.Handle == path.Id ? token : null;

    /// <summary>By the word of an earlier process of this member (R3.3); another query may have the id since.</summary>
    private bool WasCanceled(QueryToken token) => gateway.Journal.WasCanceled(token.Handle) && !gateway.Book.TryGet(token.Handle, out _);

    private QueryHandle Find(QueryToken token) => gateway.Book.TryGet(token.Handle, out var known) ? known : Adopt(token);

    /// <summary>Takes over what an earlier process, or another member, followed.</summary>
    private QueryHandle Adopt(QueryToken token)
    {
        var handle = Adoption.HandleOf(gateway, token);
        if (handle.Attempt is { } run)
            Adoption.Tell(gateway, handle, run);
        var known = gateway.Book.GetOrAdd(handle);
        if (known == handle)
            handle.Remembering = Journaling.AskAsync(gateway, handle);
        return known;
    }

    /// <summary>Followed for its owner, which does not answer, by this one request.</summary>
    private QueryHandle Borrow(QueryToken token)
    {
        var handle = Adoption.HandleOf(gateway, token);
        handle.Owner = token.Owner;
        return handle;
    }

    private ClientCall Call(HttpContext context) => new(context, ClientOrigin.Of(context, gateway.Calls.TrustedProxies), gateway.Time);

    private QueryHandle NewHandle(string id, Submission submission) => new()
    {
        Id = id,
        Submission = submission,
        RowKey = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        Created = gateway.Now,
        LastSeen = gateway.Now,
        Session = gateway.Others?.Session(),
    };

    private async Task BeginAsync(ClientCall call, QueryHandle handle)
    {
        // an id that somebody chose for a query of his own is not the id of another's
        while (handle.Id.Length == 0 || !gateway.Book.TryAdd(handle))
            handle.Id = gateway.MintId();
        using var turn = await handle.TakeTurnAsync(call.Aborted);
        Journaling.Note(gateway, handle);
        await new PageSender(gateway, call, handle, sequence: 0).SendQueuedAsync(handle.Created);
    }

    private async Task HoldAsync(ClientCall call, QueryHandle handle)
    {
        handle.WaitingSince = handle.Created;
        if (!gateway.Book.TryHold(handle, ranBefore: false))
        {
            // the error comes on the GET (npm trino-client would not show it here)
            gateway.Book.ForgetText(handle);
            handle.Refusal = SegueErrors.HoldFull;
        }
        handle.Tell(gateway.Now, MomentKind.Waits, "", gateway.Cluster.Current.Reason);
        GatewayLog.Held(gateway.Log, handle.Id, gateway.Cluster.Current.Reason);
        await BeginAsync(call, handle);
    }

    private static Instant Earlier(Instant left, Instant right) => left < right ? left : right;
}
