using System.Buffers;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Resuming;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Resuming;
using Segue.Server.Gateway.Spooling;
using Segue.Server.Gateway.Statements;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway.Pages;

/// <summary>Answers one poll, and records in the handle what the client got by it.</summary>
internal sealed class PageSender(GatewayServices gateway, ClientCall call, QueryHandle handle, long sequence)
{
    /// <summary>How much of a streaming page waits here for a slow client.</summary>
    public const int StreamBytes = 64 << 10;

    private HttpResponse Response => call.Context.Response;

    private PageNames Names(PageFacts? facts) => new(
        handle.Id,
        OnOrigin(facts?.InfoUri) ?? call.Origin.InfoUri(handle.Attempt?.QueryId ?? handle.Id),
        OnOrigin(facts?.PartialCancelUri));

    /// <summary>The coordinator's path at the host that the client talks to, as <c>nextUri</c>: some clients want them to be the same.</summary>
    private string? OnOrigin(string? uri) => uri is not null && StatementPath.UpstreamOf(uri) is { } path ? call.Origin.Base + path : null;

    /// <summary>The oldest page that waits, streamed on where it is not whole.</summary>
    public async Task SendHeldBackAsync(CancellationToken cancellation)
    {
        var page = handle.HeldBack.Dequeue();
        var answer = new Answer { Path = page.Path, Before = handle.Delivered, Skipped = page.Skipped };
        if (!page.IsWhole)
        {
            Remember(answer);
            using (page)
                await StreamAsync(page, answer.Before, cancellation);
        }
        else if (page.TryKeep(gateway.Book.Memory))
        {
            Remember(answer with { Page = page });
            await SendWholeAsync(page, answer.Before, cancellation);
        }
        else
        {
            // no room to keep it: asked for again, the coordinator replays it
            Remember(answer);
            using (page)
                await SendWholeAsync(page, answer.Before, cancellation);
        }
    }

    /// <summary>A page whose bytes are here, for the first time or again (R3.8).</summary>
    public async Task SendWholeAsync(UpstreamPage page, RowTally before, CancellationToken cancellation)
    {
        var facts = page.Facts!;
        await NoteDeliveredAsync(page, facts, before);
        var next = facts.NextUri is { } uri ? gateway.NextUri(call.Origin, handle, sequence + 1, StatementPath.UpstreamOf(uri)) : null;
        if (next is null)
            End(facts.Error is null ? "finished" : "failed", facts.Error?.Name);
        var names = Names(facts);
        var start = new ArrayBufferWriter<byte>(1024);
        if (page.Scanner.HasData)
            PageRewriter.WriteStart(page.Scanner, names, start);
        var end = new ArrayBufferWriter<byte>(1024);
        PageRewriter.WriteEnd(page.Scanner, names, next, end);
        BeginResponse(page.Response, cancellation);
        await using var body = ResponseBody.Begin(call, start.WrittenCount + page.Ready.Length + end.WrittenCount);
        await body.WriteAsync(start.WrittenMemory, cancellation);
        await body.WriteAsync(page.Ready, cancellation);
        await body.WriteAsync(end.WrittenMemory, cancellation);
        gateway.Metrics.Sent(gateway.Config.Name, body.Written);
    }

    /// <summary>A page that is kept here, for the first time or again.</summary>
    public async Task SendSpooledAsync(ResultSpool spool, long at, RowTally before, CancellationToken cancellation)
    {
        try
        {
            if (spool.Unreadable is null)
            {
                var page = await spool.OpenAsync(at, new RowTap(handle.RowKey), gateway.Segments(call.Origin));
                await SendSpooledAsync(page, new Answer { Spooled = at, Path = page.Path, Before = before }, cancellation);
                spool.Unreadable = page.Fault;
                if (page.Facts is { NextUri: null } && spool.OnDisk > 0 && at > 0)
                    handle.LastAnswer = handle.LastAnswer! with { Spooled = await spool.KeepOnlyAsync(at) };
            }
        }
        catch (IOException unreadable) when (!call.Context.Response.HasStarted)
        {
            spool.Unreadable = unreadable.Message;
        }
        if (spool.Unreadable is { } why && !call.Context.Response.HasStarted)
            await FailAsync(SegueErrors.QueryLost,
                $"Its result was kept back on disk and cannot be read there ({why}). It changed nothing: send it again.", clearTransaction: false);
    }

    private async Task SendSpooledAsync(UpstreamPage page, Answer answer, CancellationToken cancellation)
    {
        await page.ReadAsync(StreamBytes, call, cancellation);
        if (page is { IsWhole: true, Facts.NextUri: null } && page.TryKeep(gateway.Book.Memory))
        {
            // the last one is asked for again from memory, and the disk is free
            Remember(answer with { Page = page, Spooled = null });
            handle.DropSpool();
            await SendWholeAsync(page, answer.Before, cancellation);
            return;
        }
        using (page)
        {
            Remember(answer);
            if (page.State != PageState.Broken)
                await (page.IsWhole ? SendWholeAsync(page, answer.Before, cancellation) : StreamAsync(page, answer.Before, cancellation));
        }
    }

    /// <summary>Rows wait, and more are on their way.</summary>
    /// <param name="stats">The coordinator's own; null for none.</param>
    public Task SendRunningAsync(byte[]? stats)
    {
        var next = gateway.NextUri(call.Origin, handle, sequence + 1, handle.Attempt?.NextPath);
        return SendOwnAsync(
            output => SeguePages.Running(handle.Id, call.Origin.InfoUri(handle.Id), next, stats, gateway.Now - handle.Created, output), clearTransaction: false);
    }

    public Task SendQueuedAsync(Instant since)
    {
        var next = gateway.NextUri(call.Origin, handle, sequence + 1, handle.Attempt?.NextPath);
        return SendOwnAsync(
            output => SeguePages.Queued(handle.Id, call.Origin.InfoUri(handle.Id), next, gateway.Now - (handle.WaitingSince ?? since), output), clearTransaction: false);
    }

    /// <summary>The one clear error that ends the query.</summary>
    public async Task FailAsync(SegueError error, string message, bool clearTransaction)
    {
        End(error.Name, message);
        await call.For(Journaling.EndAsync(gateway, handle, error.Name));
        handle.DropHeldBack();
        GatewayLog.Failed(gateway.Log, handle.Id, error.Name, message);
        var said = new PageError(error.Name, error.Code, error.Type, message);
        await SendOwnAsync(output => SeguePages.Failed(handle.Id, call.Origin.InfoUri(handle.Id), said, gateway.Now - handle.Created, output), clearTransaction);
    }

    /// <summary>ROLLBACK of a transaction that ended with its coordinator (R6.6).</summary>
    public Task SendRollbackAsync()
    {
        End("finished");
        return SendOwnAsync(
            output => SeguePages.Finished(gateway.Dialect, handle.Id, call.Origin.InfoUri(handle.Id), "ROLLBACK", gateway.Now - handle.Created, output), clearTransaction: true);
    }

    /// <summary>A write that had taken effect though its coordinator was lost (R6).</summary>
    public Task SendWrittenAsync(long? rows)
    {
        var updateType = handle.Submission!.Target!.UpdateType;
        End("finished");
        return SendOwnAsync(
            output => SeguePages.Written(
                handle.Id, call.Origin.InfoUri(handle.Id), updateType, rows, handle.RowsDelivered == 0, gateway.Now - handle.Created, output), clearTransaction: false);
    }

    /// <summary>A page that Segue made, for the first time or again.</summary>
    public async Task SendOwnAsync(Answer answer)
    {
        Remember(answer);
        Response.StatusCode = StatusCodes.Status200OK;
        Response.ContentType = "application/json";
        if (answer.ClearTransaction)
            Response.Headers[gateway.Dialect.Header("Clear-Transaction-Id")] = "true";
        await using var body = ResponseBody.Begin(call, answer.Own.Length);
        await body.WriteAsync(answer.Own, call.Aborted);
    }

    private async Task StreamAsync(UpstreamPage page, RowTally before, CancellationToken cancellation)
    {
        var attempt = handle.Attempt!;
        BeginResponse(page.Response, cancellation);
        await using var body = ResponseBody.Begin(call, expected: null);
        var buffer = new ArrayBufferWriter<byte>(1024);
        // what stands before the rows is known; only the rows and what follows may still come
        var shown = page.Scanner.ReadFacts();
        var names = Names(shown);
        if (page.Scanner.HasData)
            PageRewriter.WriteStart(page.Scanner, names, buffer);
        await body.WriteAsync(buffer.WrittenMemory, cancellation);
        using var watch = new SnapshotWatch(gateway.Cluster, now => !page.IsKeptHere && handle.IsUseless(attempt, now), cancellation);
        while (true)
        {
            await NoteDeliveredAsync(page, shown, before);
            await page.WriteReadyAsync(body, cancellation);
            page.Advance();
            if (page.State != PageState.Arriving)
                break;
            try
            {
                await page.ReadAsync(StreamBytes, call, watch.Cancellation);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                page.Break("its coordinator was lost");
            }
        }
        await EndStreamAsync(page, body, names, before, cancellation);
        gateway.Metrics.Sent(gateway.Config.Name, body.Written);
    }

    private async Task EndStreamAsync(UpstreamPage page, ResponseBody body, PageNames names, RowTally before, CancellationToken cancellation)
    {
        var attempt = handle.Attempt!;
        var buffer = new ArrayBufferWriter<byte>(1024);
        if (page is { IsKeptHere: true, State: PageState.Broken })
        {
            GatewayLog.Aborted(gateway.Log, handle.Id, page.Fault!);
            call.Context.Abort();
            return;
        }
        var broken = page.State == PageState.Broken || page.Facts is { Error.IsNotReady: true };
        if (!broken)
        {
            var facts = page.Facts!;
            var following = facts.NextUri is { } uri ? StatementPath.UpstreamOf(uri) : null;
            if (!page.IsKeptHere)
                attempt.NextPath = following;
            var next = following is { } path ? gateway.NextUri(call.Origin, handle, sequence + 1, path) : null;
            if (next is null)
                End(facts.Error is null ? "finished" : "failed", facts.Error?.Name);
            PageRewriter.WriteEnd(page.Scanner, names, next, buffer);
        }
        else if (page.InsideRow || !page.Scanner.HasData || page.Scanner.Encoded)
        {
            // no row border to close behind (R4.1): the client must see that this body is not whole
            GatewayLog.Aborted(gateway.Log, handle.Id, page.Fault ?? "the coordinator is going away");
            call.Context.Abort();
            return;
        }
        else
        {
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, page.Fault ?? "the coordinator is going away");
            attempt.Refused |= page.State == PageState.Complete;
            attempt.NextPath = page.Path;
            handle.BrokenPage = (page.Path, page.Skipped + handle.RowsDelivered - before.Rows);
            PageRewriter.CloseBrokenPage(gateway.NextUri(call.Origin, handle, sequence + 1, page.Path), gateway.Now - handle.Created, buffer);
        }
        await body.WriteAsync(buffer.WrittenMemory, cancellation);
    }

    /// <summary>Rows kept aside, which complete what was delivered (R7), for the first time or again.</summary>
    public async Task SendAsideAsync(AsidePage page, CancellationToken cancellation)
    {
        Remember(new Answer { Aside = page, Before = page.Before });
        handle.Delivered = page.After;
        await NoteHashesAsync(await page.Rows.HashesAsync(page));
        // behind the last of them comes the page that waits, or what the coordinator has
        var next = gateway.NextUri(call.Origin, handle, sequence + 1, handle.HeldBack.TryPeek(out var waits) ? waits.Path : handle.Attempt?.NextPath);
        var buffer = new ArrayBufferWriter<byte>(1024);
        PageRewriter.BeginRows(Names(null), handle.Resume?.Columns, buffer);
        cancellation.ThrowIfCancellationRequested();
        Response.StatusCode = StatusCodes.Status200OK;
        Response.ContentType = "application/json";
        await using var body = ResponseBody.Begin(call, expected: null);
        await body.WriteAsync(buffer.WrittenMemory, cancellation);
        var chunk = ArrayPool<byte>.Shared.Rent(StreamBytes);
        try
        {
            for (var at = page.From; at < page.To;)
            {
                var read = await page.Rows.ReadAsync(at, chunk.AsMemory(0, (int)Math.Min(page.To - at, StreamBytes)));
                await body.WriteAsync(chunk.AsMemory(0, read), cancellation);
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
        buffer.ResetWrittenCount();
        PageRewriter.CloseBrokenPage(next, gateway.Now - handle.Created, buffer);
        await body.WriteAsync(buffer.WrittenMemory, cancellation);
        gateway.Metrics.Sent(gateway.Config.Name, body.Written);
    }

    private async ValueTask NoteDeliveredAsync(UpstreamPage page, PageFacts? facts, RowTally before)
    {
        handle.Delivered = before + page.Tally;
        handle.EncodedDelivered |= page.Scanner.Encoded;
        await NoteHashesAsync(page.RowHashes);
        if (facts is { HasColumns: true })
            handle.ColumnsShown = facts.ColumnsHash;
        handle.HasRun |= facts is { HasRun: true };
    }

    /// <param name="rows">The last ones of those delivered.</param>
    private async ValueTask NoteHashesAsync(ReadOnlyMemory<UInt128> rows)
    {
        if (!handle.CanBeResumed)
            return;
        var list = handle.Hashes ??= new RowHashes(gateway.Book.Memory, gateway.Spool, gateway.Config.Recovery);
        if (list.Lost is not null)
            return;
        await list.PutAsync(handle.RowsDelivered - rows.Length, rows);
        if (list.Lost is { } why)
            GatewayLog.ListLost(gateway.Log, handle.Id, why);
    }

    /// <exception cref="OperationCanceledException">Another request took over; from here on it waits for this one's first bytes.</exception>
    private void BeginResponse(HttpResponseMessage response, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Response.StatusCode = StatusCodes.Status200OK;
        HeaderRules.CopyResponse(response, Response, withLength: false);
        handle.EncodingShown = EncodingOf(response) ?? handle.EncodingShown;
        var started = gateway.Dialect.Header("Started-Transaction-Id");
        if (Response.Headers[started] is [{ Length: > 0 } transaction, ..])
        {
            handle.SessionOutcomeDelivered = true;
            if (handle.Attempt?.Place.Incarnation is { } incarnation)
                Response.Headers[started] = TransactionTag.Add(transaction, incarnation);
        }
    }

    /// <summary>The encoding that a page's headers tell of (Trino's spooled protocol).</summary>
    public string? EncodingOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(gateway.Dialect.Header("Query-Data-Encoding"), out var values) ? values.ToString() : null;

    /// <summary>The token is answered: its successor polls on, and what was kept for the one before is free.</summary>
    private void Remember(Answer answer)
    {
        if (handle.LastAnswer?.Page is { } old && old != answer.Page)
            old.Dispose();
        handle.LastAnswer = answer;
        handle.Answered = sequence;
    }

    /// <summary>Recorded before it is answered (R3.3).</summary>
    private void End(string outcome, string? why = null)
    {
        if (!handle.TryEnd())
            return;
        handle.Tell(gateway.Now, MomentKind.Ended, outcome, why);
        gateway.Book.End(handle);
        gateway.Metrics.QueryEnded(gateway.Config.Name, outcome);
        GatewayLog.Ended(
            gateway.Log, handle.Id, outcome, handle.Submission?.User ?? "", handle.Attempt?.Place.Coordinator ?? "", handle.Runs,
            handle.RowsDelivered, (long)(gateway.Now - handle.Created).TotalMilliseconds);
    }

    private Task SendOwnAsync(Action<IBufferWriter<byte>> write, bool clearTransaction)
    {
        var page = new ArrayBufferWriter<byte>(1024);
        write(page);
        return SendOwnAsync(new Answer { Own = page.WrittenMemory.ToArray(), Before = handle.Delivered, ClearTransaction = clearTransaction });
    }
}
