using System.Net;
using Segue.Core.Failover;
using Segue.Server.Probing;

namespace Segue.Server.ControlLoop;

/// <summary>The queries a deposed coordinator still runs.</summary>
internal sealed class OldQueries(Watch watch, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Ends those created before the deposition; returns how many were told to.</summary>
    public async Task<int> EndAsync(Deposition deposition, IReadOnlySet<string> spared, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        var old = (await QueryList.OfAsync(watch.Client, watch.Runner, both.Token))
            .Where(query => query.State is not ("FINISHED" or "FAILED"))
            .Where(query => query.QueryStats?.CreateTime is not { } created || created < deposition.At)
            .Where(query => query.QueryId is { } id && !spared.Contains(id) && deposition.MayHaveMade(id))
            .ToList();
        foreach (var query in old)
        {
            using var delete = watch.Runner.Request(HttpMethod.Delete, $"/v1/query/{query.QueryId}");
            using var deleted = await watch.Client.SendAsync(delete, both.Token);
            // 410: it ended meanwhile
            if (!deleted.IsSuccessStatusCode && deleted.StatusCode != HttpStatusCode.Gone)
                throw new HttpRequestException($"DELETE /v1/query/{query.QueryId} was answered with status {(int)deleted.StatusCode}"
                    + (deleted.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? "; coordinators.auth must be a user that may end others' queries" : ""));
        }
        return old.Count;
    }
}
