using System.Buffers;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Recovery;
using Segue.Core.Routing;

namespace Segue.Server.Gateway;

/// <summary>Answers one poll, and records in the handle what the client got by it.</summary>
internal sealed class PageSender(GatewayServices gateway, HttpContext context, QueryHandle handle, ClientOrigin origin, long sequence)
{
    /// <summary>How much of a streaming page waits here for a slow client.</summary>
    public const int StreamBytes = 64 << 10;

    private PageNames Names(PageFacts? facts) => new(
        handle.Id,
        handle.Attempt is { } attempt ? origin.InfoUri(attempt.QueryId) : origin.InfoUri(handle.Id),
        facts?.PartialCancelUri is { } uri && StatementPath.UpstreamOf(uri) is { } path ? origin.Base + path : null);

    /// <summary>The oldest page that waits, streamed on where it is not whole yet.</summary>
    public async Task SendHeldBackAsync(CancellationToken cancellation)
    {
        var page = handle.HeldBack.Dequeue();
        var whole = page.State == PageState.Complete;
        var before = handle.RowsDelivered;
        Remember(new Answer(whole ? page : null, page.Path, before));
        if (whole)
            await SendWholeAsync(page, before, cancellation);
        else
            using (page)
                await StreamAsync(page, before, cancellation);
    }

    /// <summary>A page whose bytes are here, for the first time or again (R3.8).</summary>
    public async Task SendWholeAsync(UpstreamPage page, long rowsBefore, CancellationToken cancellation)
    {
        var facts = page.Facts!;
        NoteDelivered(facts, rowsBefore + page.Rows);
        var next = facts.NextUri is { } uri ? gateway.NextUri(origin, handle, sequence + 1, StatementPath.UpstreamOf(uri)) : null;
        if (next is null)
            End(facts.Error is null ? "finished" : "failed");
        var names = Names(facts);
        var start = new ArrayBufferWriter<byte>(1024);
        if (page.Scanner.HasData)
            PageRewriter.WriteStart(page.Scanner, names, start);
        var end = new ArrayBufferWriter<byte>(1024);
        PageRewriter.WriteEnd(page.Scanner, names, next, end);
        BeginResponse(page.Response);
        await using var body = ResponseBody.Begin(context, start.WrittenCount + page.Ready.Length + end.WrittenCount);
        await body.WriteAsync(start.WrittenMemory, cancellation);
        await body.WriteAsync(page.Ready, cancellation);
        await body.WriteAsync(end.WrittenMemory, cancellation);
        gateway.Metrics.Sent(gateway.Config.Name, body.Written);
    }

    public Task SendQueuedAsync(Instant since)
    {
        Remember(new Answer(null, null, handle.RowsDelivered));
        var next = gateway.NextUri(origin, handle, sequence + 1, handle.Attempt?.NextPath);
        return SendOwnAsync(output => SeguePages.Queued(handle.Id, origin.InfoUri(handle.Id), next, gateway.Now - (handle.WaitingSince ?? since), output));
    }

    /// <summary>The one clear error that ends the query.</summary>
    public Task FailAsync(SegueError error, string message, bool clearTransaction)
    {
        End(error.Name);
        handle.FinalError = new PageError(error.Name, error.Code, error.Type, message);
        GatewayLog.Failed(gateway.Log, handle.Id, error.Name, message);
        if (clearTransaction)
            context.Response.Headers[gateway.Dialect.Header("Clear-Transaction-Id")] = "true";
        return SendFinalErrorAsync();
    }

    public Task SendFinalErrorAsync()
    {
        Remember(new Answer(null, null, handle.RowsDelivered));
        return SendOwnAsync(output => SeguePages.Failed(handle.Id, origin.InfoUri(handle.Id), handle.FinalError!, gateway.Now - handle.Created, output));
    }

    /// <summary>ROLLBACK of a transaction that ended with its coordinator (R6.6).</summary>
    public Task SendRollbackAsync()
    {
        End("finished");
        context.Response.Headers[gateway.Dialect.Header("Clear-Transaction-Id")] = "true";
        return SendOwnAsync(output => SeguePages.Finished(gateway.Dialect, handle.Id, origin.InfoUri(handle.Id), "ROLLBACK", gateway.Now - handle.Created, output));
    }

    /// <summary>What the engine says with another status than 200, unchanged.</summary>
    public Task SendForeignAsync(HttpResponseMessage response)
    {
        Remember(new Answer(null, null, handle.RowsDelivered));
        return PassThrough.CopyAsync(response, context);
    }

    private async Task StreamAsync(UpstreamPage page, long before, CancellationToken cancellation)
    {
        var attempt = handle.Attempt!;
        BeginResponse(page.Response);
        await using var body = ResponseBody.Begin(context, expected: null);
        var buffer = new ArrayBufferWriter<byte>(1024);
        // what stands before the rows is known; only the rows and what follows may still come
        var shown = page.Scanner.ReadFacts();
        var names = Names(shown);
        if (page.Scanner.HasData)
            PageRewriter.WriteStart(page.Scanner, names, buffer);
        await body.WriteAsync(buffer.WrittenMemory, cancellation);
        using var watch = new SnapshotWatch(gateway.Cluster, now => handle.IsUseless(attempt, now), cancellation);
        while (true)
        {
            NoteDelivered(shown, before + page.Rows);
            await body.WriteAsync(page.Ready, cancellation);
            page.Advance();
            if (page.State != PageState.Arriving)
                break;
            try
            {
                await page.ReadAsync(StreamBytes, watch.Cancellation);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                page.Break("its coordinator was lost");
            }
        }
        await EndStreamAsync(page, body, names, before, cancellation);
        gateway.Metrics.Sent(gateway.Config.Name, body.Written);
    }

    private async Task EndStreamAsync(UpstreamPage page, ResponseBody body, PageNames names, long before, CancellationToken cancellation)
    {
        var attempt = handle.Attempt!;
        var buffer = new ArrayBufferWriter<byte>(1024);
        var broken = page.State == PageState.Broken || page.Facts is { Error.IsNotReady: true };
        if (!broken)
        {
            var facts = page.Facts!;
            attempt.NextPath = facts.NextUri is { } uri ? StatementPath.UpstreamOf(uri) : null;
            var next = attempt.NextPath is { } path ? gateway.NextUri(origin, handle, sequence + 1, path) : null;
            if (next is null)
                End(facts.Error is null ? "finished" : "failed");
            PageRewriter.WriteEnd(page.Scanner, names, next, buffer);
        }
        else if (page.InsideRow || !page.Scanner.HasData || page.Scanner.Encoded)
        {
            // no row border to close behind (R4.1): the client must see that this body is not whole
            GatewayLog.Aborted(gateway.Log, handle.Id, page.Fault ?? "the coordinator is going away");
            context.Abort();
            return;
        }
        else
        {
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, page.Fault ?? "the coordinator is going away");
            attempt.Refused |= page.State == PageState.Complete;
            attempt.NextPath = page.Path;
            handle.BrokenPage = (page.Path, handle.RowsDelivered - before);
            PageRewriter.CloseBrokenPage(gateway.NextUri(origin, handle, sequence + 1, page.Path), gateway.Now - handle.Created, buffer);
        }
        await body.WriteAsync(buffer.WrittenMemory, cancellation);
    }

    private void NoteDelivered(PageFacts? facts, long rows)
    {
        handle.RowsDelivered = rows;
        if (facts is { HasColumns: true })
            handle.ColumnsShown = facts.ColumnsHash;
    }

    private void BeginResponse(HttpResponseMessage response)
    {
        context.Response.StatusCode = 200;
        HeaderRules.CopyResponse(response, context.Response, withLength: false);
        var started = gateway.Dialect.Header("Started-Transaction-Id");
        if (context.Response.Headers[started] is [{ Length: > 0 } transaction, ..])
        {
            handle.SessionOutcomeDelivered = true;
            if (handle.Attempt?.Place.Incarnation is { } incarnation)
                context.Response.Headers[started] = TransactionTag.Add(transaction, incarnation);
        }
    }

    /// <summary>The token is answered: its successor polls on, and what was kept for the one before is free.</summary>
    private void Remember(Answer answer)
    {
        if (handle.LastAnswer?.Page is { } old && old != answer.Page)
            old.Dispose();
        handle.LastAnswer = answer;
        handle.Answered = sequence;
    }

    /// <summary>Recorded before it is answered (R3.3).</summary>
    private void End(string outcome)
    {
        if (handle.Ended)
            return;
        handle.Ended = true;
        gateway.Book.LeaveHold(handle);
        gateway.Metrics.QueryEnded(gateway.Config.Name, outcome);
        GatewayLog.Ended(
            gateway.Log, handle.Id, outcome, handle.Submission?.User ?? "", handle.Attempt?.Place.Coordinator ?? "", handle.AttemptsUsed,
            handle.RowsDelivered, (long)(gateway.Now - handle.Created).TotalMilliseconds);
    }

    private async Task SendOwnAsync(Action<IBufferWriter<byte>> write)
    {
        var page = new ArrayBufferWriter<byte>(1024);
        write(page);
        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/json";
        await using var body = ResponseBody.Begin(context, page.WrittenCount);
        await body.WriteAsync(page.WrittenMemory, context.RequestAborted);
    }
}
