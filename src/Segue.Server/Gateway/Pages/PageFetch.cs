using System.Net;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Spooling;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway.Pages;

/// <summary>What a poll of a coordinator brought.</summary>
internal abstract record FetchOutcome
{
    /// <summary>A page; its body is still to be read.</summary>
    public sealed record Page(UpstreamPage Response) : FetchOutcome;

    /// <summary>Another status than 200.</summary>
    /// <param name="ToFirstPoll">It answers the attempt's first poll.</param>
    public sealed record Foreign(HttpResponseMessage Response, bool ToFirstPoll) : FetchOutcome;

    /// <summary>No answer, or none that was waited for: look at the cluster again.</summary>
    public sealed record None : FetchOutcome;
}

/// <summary>One GET of an attempt's next page.</summary>
/// <param name="keeper">Where its rows wait until all have come; null where they do not.</param>
internal sealed class PageFetch(GatewayServices gateway, ClientCall call, QueryHandle handle, Attempt attempt, StatementPath asked, ResultSpool? keeper)
{
    /// <summary>The engines answer a poll after a second at the latest (protocol.md §1.1): far behind it something hangs, whatever probes say.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <param name="until">When rows that are held back must go out though the next page is not there; null for no such time.</param>
    public async Task<FetchOutcome> GetAsync(RoutingSnapshot snapshot, Instant? until, CancellationToken cancellation)
    {
        var place = attempt.Place;
        if (gateway.Coordinator(place.Coordinator) is not { } client || attempt.NextPath is not { } path)
            return new FetchOutcome.None();
        var bound = handle.Submission?.Transaction is not null || attempt is { MayHaveBegun: true, NextPollMayBeFirst: false };
        using var lease = bound ? null : gateway.Cluster.TryEnter(snapshot.Epoch, place.Coordinator);
        if (lease is null && !bound)
        {
            // between the look and the send the assignment changed; the next look sees it
            await call.For(gateway.WaitForChangeAsync(snapshot, gateway.Now + GatewayServices.LongPoll, cancellation));
            return new FetchOutcome.None();
        }
        var patience = gateway.Now + Patience;
        using var timer = new CancellationTokenSource(Positive((until is { } end && end < patience ? end : patience) - gateway.Now), gateway.Time);
        using var watch = new SnapshotWatch(gateway.Cluster, now => place.FateIn(now) == AttemptFate.Unknown || handle.IsUseless(attempt, now), cancellation);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(watch.Cancellation, lease?.Revoked ?? CancellationToken.None, timer.Token);
        var (first, sentAt) = (!attempt.MayHaveBegun, gateway.Now);
        // R3.9: HttpClient repeats a GET by itself; the first poll of what must not begin twice goes out once, or is known not to have
        var connection = first && handle.MayHaveEffects ? new OnlyConnection() : null;
        if (first)
        {
            attempt.MayHaveBegun = true;
            handle.Runs++;
        }
        try
        {
            using var request = Build(client, asked.WithParameters(path));
            var response = await call.For(connection is null ? client.SendAsync(request, any.Token) : client.SendOnceAsync(request, connection, any.Token));
            return response.StatusCode == HttpStatusCode.OK
                ? new FetchOutcome.Page(Resumed(PageOf(response, path)))
                : new FetchOutcome.Foreign(response, first);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            if (gateway.Now >= patience)
                gateway.Cluster.ReportFailure(place.Coordinator, $"did not answer a poll within {Patience.TotalSeconds:0} s");
            return new FetchOutcome.None();
        }
        // a reload may take the client away between the look and the send
        catch (Exception failed) when (failed is HttpRequestException or IOException or ObjectDisposedException)
        {
            gateway.Cluster.ReportFailure(place.Coordinator, $"a poll failed: {failed.Message}");
            await call.For(gateway.Cluster.ConfirmAsync(place.Coordinator, cancellation));
            return new FetchOutcome.None();
        }
        finally
        {
            if (connection is { Sent: false })
            {
                attempt.MayHaveBegun = false;
                handle.Runs--;
            }
            else if (first)
                handle.Tell(sentAt, MomentKind.Began, place.Coordinator);
        }
    }

    private UpstreamPage PageOf(HttpResponseMessage response, string path) => keeper is null
        ? new UpstreamPage(response, path, new RowTap(handle.RowKey), gateway.Spool, gateway.Segments(call.Origin))
        : new UpstreamPage(response, path, keeper: keeper);

    /// <summary>A page that broke off is replayed whole: its first rows have been delivered.</summary>
    private UpstreamPage Resumed(UpstreamPage page)
    {
        if (handle.BrokenPage is { } broken && broken.Path == page.Path)
            page.Skip(broken.RowsSent);
        return page;
    }

    private HttpRequestMessage Build(CoordinatorClient client, string path)
    {
        var headers = HeaderRules.CaptureUncompressed(call.Context.Request.Headers);
        return gateway.Calls.Build(client, HttpMethod.Get, path, headers, null, call.Context);
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;
}
