using System.Net;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Routing;

namespace Segue.Server.Gateway;

/// <summary>What a poll of a coordinator brought.</summary>
internal abstract record FetchOutcome
{
    /// <summary>A page; its body is still to be read.</summary>
    public sealed record Page(UpstreamPage Response) : FetchOutcome;

    /// <summary>Another status than 200.</summary>
    public sealed record Foreign(HttpResponseMessage Response) : FetchOutcome;

    /// <summary>No answer, or none that was waited for: look at the cluster again.</summary>
    public sealed record None : FetchOutcome;
}

/// <summary>One GET of an attempt's next page.</summary>
internal sealed class PageFetch(GatewayServices gateway, HttpContext context, QueryHandle handle, Attempt attempt, StatementPath asked)
{
    /// <param name="until">When rows that are held back must go out though the next page is not there; null for no such time.</param>
    public async Task<FetchOutcome> GetAsync(RoutingSnapshot snapshot, Instant? until, CancellationToken cancellation)
    {
        var place = attempt.Place;
        if (gateway.Coordinator(place.Coordinator) is not { } client || attempt.NextPath is not { } path)
            return new FetchOutcome.None();
        var bound = handle.Submission?.Transaction is not null || attempt.FirstPollMayHaveBeenSent;
        using var lease = bound ? null : gateway.Cluster.TryEnter(snapshot.Epoch, place.Coordinator);
        if (lease is null && !bound)
        {
            // between the look and the send the assignment changed; the next look sees it
            await gateway.WaitForChangeAsync(snapshot, gateway.Now + GatewayServices.LongPoll, cancellation);
            return new FetchOutcome.None();
        }
        using var timer = until is { } end ? new CancellationTokenSource(Positive(end - gateway.Now), gateway.Time) : null;
        using var watch = new SnapshotWatch(gateway.Cluster, now => place.FateIn(now) == AttemptFate.Unknown || handle.IsUseless(attempt, now), cancellation);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(
            watch.Cancellation, lease?.Revoked ?? CancellationToken.None, timer?.Token ?? CancellationToken.None);
        attempt.FirstPollMayHaveBeenSent = true;
        try
        {
            using var request = Build(client, asked.WithParameters(path));
            var response = await client.SendAsync(request, any.Token);
            return response.StatusCode == HttpStatusCode.OK
                ? new FetchOutcome.Page(Resumed(new UpstreamPage(response, path)))
                : new FetchOutcome.Foreign(response);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new FetchOutcome.None();
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException)
        {
            gateway.Cluster.ReportFailure(place.Coordinator, $"a poll failed: {failed.Message}");
            await gateway.Cluster.ConfirmAsync(place.Coordinator, cancellation);
            return new FetchOutcome.None();
        }
    }

    /// <summary>A page that broke off is replayed whole: its first rows have been delivered.</summary>
    private UpstreamPage Resumed(UpstreamPage page)
    {
        if (handle.BrokenPage is { } broken && broken.Path == page.Path)
            page.Skip(broken.RowsSent);
        return page;
    }

    private HttpRequestMessage Build(Upstream.CoordinatorClient client, string path)
    {
        var headers = HeaderRules.CaptureUncompressed(context.Request.Headers);
        return gateway.Calls.Build(client, HttpMethod.Get, path, headers, null, context);
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;
}
