using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Discovery;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;

namespace Segue.Server.Discovery;

/// <summary>
/// Announcements that coordinators themselves keep: Trino's announce always, the classic ones in <c>forward</c> mode.
/// They are sent to every coordinator that shall see the workers, and again to one that is promoted or has just come up.
/// </summary>
internal sealed class RelayedAnnouncements(ICluster cluster, CoordinatorRelay relay, TimeProvider time, ILogger log)
{
    private const int MaxNodes = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    public ImmutableArray<AnnouncedNode> Nodes
    {
        get
        {
            var (clock, now) = (time.GetUtcNow(), time.GetTimestamp());
            lock (_lock)
            {
                return
                [
                    .. _kept.Values.Select(kept => new AnnouncedNode(kept.Node, kept.Address, clock - time.GetElapsedTime(kept.At, now))),
                ];
            }
        }
    }

    /// <summary>Only of nodes that a coordinator accepted: clean-up sends its credentials there.</summary>
    public ImmutableArray<Uri> Workers
    {
        get
        {
            lock (_lock)
                return [.. _kept.Values.Where(static kept => kept.Accepted && kept.Worker is not null).Select(static kept => kept.Worker!)];
        }
    }

    /// <summary>Who is told of what a node said to this member.</summary>
    public Action<KeptRequest, bool> Remembered { get; set; } = static (_, _) => { };

    /// <summary>What nodes said to this member.</summary>
    public ImmutableArray<RelayedRequest> HeardHere
    {
        get
        {
            lock (_lock)
                return [.. _kept.Values.Where(static kept => kept.Here).Select(static kept => kept.Request.ToWord(kept.Accepted))];
        }
    }

    public async Task<RelayedAnswer> AnnounceAsync(KeptRequest request)
    {
        var answer = await relay.SendToAllAsync(request, Targets(cluster.Current));
        if (!answer.Refused)
        {
            Remember(request, answer.Succeeded, here: true);
            Remembered(request, answer.Succeeded);
        }
        return answer;
    }

    /// <summary>A node has said it to another member, which has told the coordinators.</summary>
    public void Take(KeptRequest request, bool accepted)
    {
        if (request.Method != "DELETE")
            Remember(request, accepted, here: false);
        else
        {
            lock (_lock)
                _kept.Remove(request.PathAndQuery);
        }
    }

    public Task<RelayedAnswer> UnannounceAsync(KeptRequest request)
    {
        lock (_lock)
            _kept.Remove(request.PathAndQuery);
        Remembered(request, true);
        return relay.SendToAllAsync(request, Targets(cluster.Current));
    }

    public void Sweep()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            foreach (var (key, kept) in _kept)
            {
                if (time.GetElapsedTime(kept.At, now) > AnnouncementTable.Expiry)
                    _kept.Remove(key);
            }
        }
    }

    /// <summary>Replays at each change until cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellation)
    {
        var seen = cluster.Current;
        while (!cancellation.IsCancellationRequested)
        {
            await cluster.ChangedFromAsync(seen, cancellation);
            var now = cluster.Current;
            await Task.WhenAll(Targets(now).Where(name => IsNew(name, seen, now)).Select(ReplayAsync));
            seen = now;
        }
    }

    private async Task ReplayAsync(string coordinator)
    {
        Kept[] kept;
        lock (_lock)
            kept = [.. _kept.Values];
        var answers = await Task.WhenAll(kept.Select(one => relay.SendAsync(one.Request, coordinator)));
        if (answers.Length > 0)
            DiscoveryLog.Replayed(log, cluster.Config.Name, answers.Count(static answer => answer.Succeeded), coordinator);
    }

    private bool IsNew(string coordinator, RoutingSnapshot seen, RoutingSnapshot now)
    {
        if (!now.Coordinators.TryGetValue(coordinator, out var route) || route.Liveness != Liveness.Answering)
            return false;
        return !Targets(seen).Contains(coordinator)
            || !seen.Coordinators.TryGetValue(coordinator, out var before)
            || before.Liveness != Liveness.Answering
            || before.Generation != route.Generation
            // it answers earlier than it takes announcements: its role tells when it is ready
            || (before.Role == CoordinatorRole.Down && route.Role != CoordinatorRole.Down);
    }

    private ImmutableArray<string> Targets(RoutingSnapshot snapshot)
    {
        var discovery = cluster.Config.Discovery;
        if (discovery is { Mode: DiscoveryMode.Front, Standby: StandbyMode.Warm })
            return [.. snapshot.Coordinators.Keys];
        return snapshot.InUse;
    }

    private void Remember(KeptRequest request, bool accepted, bool here)
    {
        var isAnnounce = request.Method == "POST";
        var key = isAnnounce ? Encoding.UTF8.GetString(request.Body.Span) : request.PathAndQuery;
        var announcement = isAnnounce ? null : AnnouncementReader.Read(request.Body, out _);
        var uri = isAnnounce ? AnnouncedUri(key) : announcement?.WorkerUri;
        lock (_lock)
        {
            var known = _kept.GetValueOrDefault(key);
            if (known is null && _kept.Count >= MaxNodes)
                return;
            _kept[key] = new Kept(request, time.GetTimestamp(), accepted || known is { Accepted: true }, uri, announcement?.NodeId ?? uri?.Authority ?? key, announcement?.Address ?? key, here);
        }
    }

    private Uri? AnnouncedUri(string body) =>
        Uri.TryCreate(body, UriKind.Absolute, out var uri) && !cluster.Current.Coordinators.ContainsKey($"{uri.Host}:{uri.Port}") ? uri : null;

    private sealed record Kept(KeptRequest Request, long At, bool Accepted, Uri? Worker, string Node, string Address, bool Here);
}
