using Segue.Core.Configuration;
using Segue.Core.Protocol;
using Segue.Core.Recovery;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Spooling;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway.Statements;

/// <summary>What a poll does for a result that is kept back until it is whole.</summary>
internal sealed partial class StatementPoll
{
    /// <summary>The engines wait for a client for 5 minutes (query.client.timeout, protocol.md §4).</summary>
    private static readonly TimeSpan TouchInterval = TimeSpan.FromSeconds(30);

    /// <returns>True where the poll was answered; else there is still, or again, something to be fetched.</returns>
    private async Task<bool> GoOnSpoolingAsync(ResultSpool spool)
    {
        // who cancelled it wants no row of it
        if (handle.Refusal is not null)
            return false;
        if (spool is { Waits: false, Bytes: > 0 })
        {
            // its last page was delivered, and its successor is asked for
            handle.DropSpool();
            return false;
        }
        if (!spool.Waits)
            return false;
        if (spool.IsOld(gateway.Now))
        {
            await _sender.FailAsync(SegueErrors.QueryLost,
                $"Its result has waited for longer than recovery.spool.max_age allows ({ConfigUnits.Show(gateway.Config.Recovery.Spool.MaxAge)}), and was given up. It changed nothing: send it again.",
                clearTransaction: false);
            return true;
        }
        if (handle.Attempt?.NextPath is null || Holdback.SpoolFor(gateway, handle, call) is null)
        {
            await StayInTouchAsync(spool);
            await _sender.SendSpooledAsync(spool, spool.Next, handle.Delivered, turn.Cancellation);
        }
        else if (TimeIsUp)
            await _sender.SendRunningAsync(spool.Stats);
        else
            return false;
        return true;
    }

    /// <summary>The rest of a result waits on its coordinator, which gives up whose client is silent; the page that it gave last is asked for again (protocol.md §1.2).</summary>
    private async Task StayInTouchAsync(ResultSpool spool)
    {
        if (spool is not { Closed: not null, InTouch: var last } || gateway.Now - last < TouchInterval || call.IsNegotiate
            || handle.Attempt is not { NextPath: { } path } attempt || gateway.Coordinator(attempt.Place.Coordinator) is not { } client)
            return;
        spool.InTouch = gateway.Now;
        using var deadline = new CancellationTokenSource(GatewayServices.LongPoll, gateway.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, turn.Cancellation);
        try
        {
            using var request = gateway.Calls.Build(client, HttpMethod.Get, path, HeaderRules.CaptureUncompressed(call.Context.Request.Headers), null, call.Context);
            using var page = await call.For(client.SendAsync(request, either.Token));
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or ObjectDisposedException || (failed is OperationCanceledException && !turn.Cancellation.IsCancellationRequested))
        {
            gateway.Cluster.ReportFailure(attempt.Place.Coordinator, $"a poll failed: {failed.Message}");
        }
    }

    /// <summary>There is no room for the page: it is asked for again when the pages before it have gone out, and all further ones pass through.</summary>
    private void LeaveSpooling(Attempt attempt, UpstreamPage page)
    {
        var spool = handle.Spool!;
        attempt.NextPath = page.Path;
        page.Dispose();
        spool.InTouch = gateway.Now;
        StoryTeller.LeaveSpool(gateway, handle, spool);
    }

    /// <returns>False where the page is to be handed out: no row waits before it, or it is behind them all.</returns>
    private async Task<bool> KeepsBackAsync(ResultSpool spool, Attempt attempt, UpstreamPage page)
    {
        if (page is { IsSpooled: false, Facts.Error: not null })
            // rows of a query that failed are of no use
            handle.DropSpool();
        else if (attempt.NextPath is null && spool is { Waits: true, Closed: null })
        {
            await spool.CompleteAsync(gateway.Now);
            // it is not run again
            gateway.Book.ForgetText(handle);
            StoryTeller.SpoolIsWhole(gateway, handle, spool);
        }
        if (TimeIsUp)
            spool.Stats = page.Facts is { State: "RUNNING" } ? PageStats.Of(page.Scanner) : null;
        if (page.IsSpooled || (spool.Waits && attempt.NextPath is not null))
            page.Dispose();
        else if (spool.Waits)
            handle.HeldBack.Enqueue(page);
        else
            return false;
        return true;
    }
}
