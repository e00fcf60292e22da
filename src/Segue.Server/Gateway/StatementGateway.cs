using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Routing;

namespace Segue.Server.Gateway;

/// <summary>The statement protocol towards clients: submit, poll, cancel.</summary>
internal sealed class StatementGateway(GatewayServices gateway)
{
    private readonly PassThrough _through = new(gateway.Calls);

    /// <summary>POST /v1/statement, or PUT with an id of the client's choice: answered with a page that has a nextUri, never with a wait that clients would not retry.</summary>
    public async Task SubmitAsync(HttpContext context, string target, string? chosenId)
    {
        if (await ReadBodyAsync(context) is not { } body)
            return;
        var origin = ClientOrigin.Of(context, gateway.Calls.TrustedProxies);
        var submission = Read(context, target, body);
        var submitter = new StatementSubmit(gateway, context);
        var deadline = gateway.Now + GatewayServices.LongPoll;
        while (submission.Transaction is null)
        {
            var snapshot = gateway.Cluster.Current;
            if (snapshot.OpenTo is { } coordinator)
            {
                var handle = NewHandle(chosenId ?? "", submission);
                switch (await submitter.SendAsync(handle, submission, snapshot, coordinator, inTransaction: false, context.RequestAborted))
                {
                    case SubmitOutcome.Accepted accepted:
                        handle = NewHandle(accepted.Attempt.QueryId, submission);
                        handle.Attempt = accepted.Attempt;
                        handle.AttemptsUsed = 1;
                        await BeginAsync(context, handle, origin);
                        return;
                    case SubmitOutcome.Answered answered:
                        using (answered.Response)
                            await PassThrough.CopyAsync(answered.Response, context);
                        return;
                }
            }
            if (gateway.Now >= deadline)
                break;
            await gateway.WaitForChangeAsync(gateway.Cluster.Current, deadline, context.RequestAborted);
        }
        await HoldAsync(context, NewHandle(chosenId ?? gateway.MintId(), submission), origin);
    }

    /// <summary>GET of a nextUri that Segue wrote. HEAD is no poll and ends no stream (R3.8).</summary>
    public async Task PollAsync(HttpContext context, StatementPath path)
    {
        if (Find(path) is not { } found)
        {
            await RefuseTokenAsync(context, "This nextUri was not made by this deployment of Segue, or its key is gone.");
            return;
        }
        var (handle, token) = found;
        using var turn = await handle.TakeTurnAsync(context.RequestAborted);
        handle.LastSeen = gateway.Now;
        var origin = ClientOrigin.Of(context, gateway.Calls.TrustedProxies);
        var sender = new PageSender(gateway, context, handle, origin, path.Sequence);
        if (token.Sequence != path.Sequence || (token.Sequence != handle.Answered && token.Sequence != handle.Answered + 1))
        {
            await RefuseTokenAsync(context, "A later page of this query was asked for already, or the query is not followed any more.");
            return;
        }
        if (token.Sequence == handle.Answered && handle.LastAnswer is { } last)
        {
            if (handle.FinalError is not null)
            {
                await sender.SendFinalErrorAsync();
                return;
            }
            if (last.Page is { } page)
            {
                await sender.SendWholeAsync(page, last.RowsBefore, turn.Cancellation);
                return;
            }
            Rewind(handle, last);
        }
        else if (handle.Ended)
        {
            await RefuseTokenAsync(context, "The query was cancelled, or its last page was delivered.");
            return;
        }
        await new StatementPoll(gateway, context, handle, turn, origin, path).RunAsync();
    }

    /// <summary>Trino's heartbeat while a client downloads segments; no poll, and it ends no stream (R3.8).</summary>
    public async Task HeartbeatAsync(HttpContext context, StatementPath path)
    {
        if (Find(path) is not { Handle: { Ended: false } handle })
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        handle.LastSeen = gateway.Now;
        if (handle.Attempt is not { NextPath: { } next } attempt || gateway.Coordinator(attempt.Place.Coordinator) is not { } client)
            return;
        await _through.ForwardAsync(context, client, next);
    }

    /// <summary>Ends the query: nothing starts an attempt of it any more (R3.3).</summary>
    public async Task CancelAsync(HttpContext context, StatementPath path)
    {
        if (Find(path) is not { } found)
        {
            await RefuseTokenAsync(context, "This nextUri was not made by this deployment of Segue, or its key is gone.");
            return;
        }
        await CancelAsync(context, found.Handle);
    }

    public async Task CancelAsync(HttpContext context, QueryHandle handle)
    {
        var wasEnded = handle.Ended;
        handle.Ended = true;
        // ends the poll that is under way, so that the cancel is the last word
        using (await handle.TakeTurnAsync(context.RequestAborted))
        {
            gateway.Book.LeaveHold(handle);
            handle.DropHeldBack();
        }
        if (!wasEnded)
        {
            gateway.Metrics.QueryEnded(gateway.Config.Name, "canceled");
            GatewayLog.Canceled(gateway.Log, handle.Id, handle.Submission?.User ?? "");
            await CancelUpstreamAsync(context, handle);
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task CancelUpstreamAsync(HttpContext context, QueryHandle handle)
    {
        // R3.10: PrestoDB breaks on DELETE before the first GET, and what was never polled never runs
        if (handle.Attempt is not { FirstPollMayHaveBeenSent: true, NextPath: { } path } attempt
            || gateway.Coordinator(attempt.Place.Coordinator) is not { } client)
            return;
        using var deadline = new CancellationTokenSource(GatewayServices.LongPoll, gateway.Time);
        try
        {
            using var request = gateway.Calls.Build(client, HttpMethod.Delete, path, HeaderRules.Capture(context.Request.Headers), null, context);
            using var response = await client.SendAsync(request, deadline.Token);
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            // the client's query is over all the same; the coordinator's clean-up, or its own time-out, ends the run
            GatewayLog.CancelNotDelivered(gateway.Log, handle.Id, attempt.Place.Coordinator, failed.Message);
        }
    }

    private static void Rewind(QueryHandle handle, Answer last)
    {
        handle.Answered--;
        handle.RowsDelivered = last.RowsBefore;
        handle.BrokenPage = null;
        if (handle.Attempt is { } attempt && last.Path is { } path)
            attempt.NextPath = path;
        handle.LastAnswer = null;
    }

    private (QueryHandle Handle, QueryToken Token)? Find(StatementPath path)
    {
        if (gateway.Seal.TryOpen(path.Token, out var token) != TokenVerdict.Opened || token.Handle != path.Id)
            return null;
        return (gateway.Book.TryGet(token.Handle, out var known) ? known : Adopt(token), token);
    }

    /// <summary>A handle that only its token tells of: Segue was restarted since. It can be polled on, and nothing else.</summary>
    private QueryHandle Adopt(QueryToken token)
    {
        var handle = new QueryHandle
        {
            Id = token.Handle,
            Submission = null,
            AdoptedWithEffects = token.Traits.HasFlag(TokenTraits.MayHaveEffects),
            Created = gateway.Now,
            LastSeen = gateway.Now,
            Answered = token.Sequence - 1,
            AttemptsUsed = token.Attempt,
            RowsDelivered = token.Rows,
            ColumnsShown = token.ColumnsHash,
        };
        if (token.UpstreamPath.Length > 0)
        {
            handle.Attempt = new Attempt
            {
                Place = new AttemptPlace(token.Coordinator, null, token.Incarnation is { } value ? new Incarnation(value) : null),
                QueryId = token.Handle,
                NextPath = token.UpstreamPath,
                FirstPollMayHaveBeenSent = true,
            };
        }
        return gateway.Book.GetOrAdd(handle);
    }

    private QueryHandle NewHandle(string id, Submission submission) => new()
    {
        Id = id,
        Submission = submission,
        Created = gateway.Now,
        LastSeen = gateway.Now,
    };

    private async Task BeginAsync(HttpContext context, QueryHandle handle, ClientOrigin origin)
    {
        handle = gateway.Book.GetOrAdd(handle);
        using var turn = await handle.TakeTurnAsync(context.RequestAborted);
        await new PageSender(gateway, context, handle, origin, sequence: 0).SendQueuedAsync(handle.Created);
    }

    private async Task HoldAsync(HttpContext context, QueryHandle handle, ClientOrigin origin)
    {
        handle.WaitingSince = handle.Created;
        if (!gateway.Book.TryHold(handle))
        {
            // the error comes on the GET (npm trino-client would not show it here)
            handle = new QueryHandle { Id = handle.Id, Submission = null, Created = handle.Created, LastSeen = handle.LastSeen, Refusal = SegueErrors.HoldFull };
        }
        GatewayLog.Held(gateway.Log, handle.Id, gateway.Cluster.Current.Reason);
        await BeginAsync(context, handle, origin);
    }

    private Submission Read(HttpContext context, string target, ReadOnlyMemory<byte> body)
    {
        var dialect = gateway.Dialect;
        var headers = context.Request.Headers;
        var prepared = PreparedStatements.Decode(headers[dialect.Header("Prepared-Statement")]);
        var kind = StatementClassifier.Classify(Encoding.UTF8.GetString(body.Span), dialect.Engine, prepared, gateway.Config.Recovery.Effects);
        var transaction = headers[dialect.Header("Transaction-Id")].ToString();
        return new Submission(
            new HttpMethod(context.Request.Method),
            target,
            body,
            HeaderRules.CaptureUncompressed(headers),
            headers[dialect.Header("User")].ToString(),
            kind,
            transaction.Length == 0 || transaction.Equals("NONE", StringComparison.OrdinalIgnoreCase) ? null : transaction);
    }

    private async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContext context)
    {
        var limit = gateway.Limits.StatementBytes;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limit + 1L;
        using var body = new MemoryStream(context.Request.ContentLength is { } length and > 0 && length <= limit ? (int)length : 256);
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            body.SetLength(limit + 1L);
        }
        if (body.Length <= limit)
            return body.GetBuffer().AsMemory(0, (int)body.Length);
        await PlainAnswer.SayAsync(
            context, StatusCodes.Status413PayloadTooLarge, $"The statement is longer than limits.statement allows ({limit} bytes).");
        return null;
    }

    private static Task RefuseTokenAsync(HttpContext context, string why) => PlainAnswer.SayAsync(context, StatusCodes.Status410Gone, why);
}
