using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;

namespace Segue.Server.Gateway.Resuming;

/// <summary>What a poll does for a query that goes on behind delivered rows with another run (R7).</summary>
internal sealed class ResumePoll(GatewayServices gateway, QueryHandle handle, PageSender sender)
{
    /// <summary>The next run is compared from its first row on.</summary>
    public void Begin()
    {
        handle.DropResume();
        handle.Resume = new QueryResume(gateway, handle);
    }

    /// <summary>Hands out what was kept aside, or gets ready to compare.</summary>
    /// <returns>True where the poll was answered; else there is still, or again, something to be fetched.</returns>
    public async Task<bool> GoOnAsync(QueryResume resume, Func<bool> timeIsUp, Instant begun, CancellationToken cancellation)
    {
        if (resume.IsDelivering && resume.Waits)
        {
            await sender.SendAsideAsync(resume.Next(), cancellation);
            return true;
        }
        if (resume.IsDelivering)
            handle.DropResume();
        else if (!await resume.PrepareAsync(timeIsUp))
        {
            await sender.SendQueuedAsync(begun);
            return true;
        }
        return false;
    }

    /// <summary>A page of the new run was compared as far as it came.</summary>
    /// <returns>True where the poll was answered.</returns>
    public async Task<bool> TakeAsync(QueryResume resume, UpstreamPage page, bool timeIsUp, Instant begun)
    {
        var facts = page.Facts;
        if (facts is { NextUri: null, Error: null })
            resume.End();
        if (resume.Failure is { } why && facts?.Error is null)
        {
            page.Dispose();
            gateway.Metrics.Recovered(gateway.Config.Name, "refused");
            await sender.FailAsync(SegueErrors.QueryLost,
                $"The coordinator was lost after {handle.RowsDelivered} rows of this query had been delivered, and another run does not complete them: {why} "
                + "The statement changed nothing: send it again. recovery.holdback: all keeps such results back until they are whole.",
                clearTransaction: false);
            return true;
        }
        if (facts is { NextUri: null })
        {
            // its rows are aside or with the client: asked for again, it comes without them
            handle.BrokenPage = (page.Path, page.Skipped);
            handle.HeldBack.Enqueue(page);
        }
        else
            page.Dispose();
        if (resume.IsDelivering)
        {
            GatewayLog.Resumed(gateway.Log, handle.Id, handle.RowsDelivered, resume.Aside);
            gateway.Metrics.Recovered(gateway.Config.Name, "resumed");
        }
        else if (facts?.Error is not null)
            // the new run's own end, of which no row is shown
            handle.DropResume();
        else if (timeIsUp)
        {
            await sender.SendQueuedAsync(begun);
            return true;
        }
        return false;
    }
}
