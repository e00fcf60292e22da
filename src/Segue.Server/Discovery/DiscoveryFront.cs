using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Discovery;
using Segue.Server.ControlLoop;
using Segue.Server.Store;
using Segue.Server.Telemetry;
using Segue.Server.Upstream;

namespace Segue.Server.Discovery;

/// <summary>Discovery for one cluster: nodes announce themselves here, and coordinators look the workers up (protocol.md §2).</summary>
public sealed class DiscoveryFront : IAsyncDisposable
{
    private const int BodyBytes = 1 << 20;

    private static readonly TimeSpan BodyDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ResolveEvery = TimeSpan.FromSeconds(10);

    private readonly ICluster _cluster;
    private readonly SegueMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly AllowList _allow;
    private readonly CoordinatorAddresses _addresses = new();
    private readonly AnnouncementDesk _desk;
    private readonly CoordinatorRelay _relay;
    private readonly RelayedAnnouncements _relayed;
    private readonly CancellationTokenSource _stop = new();
    private NodeReplication? _replication;
    private Task _running = Task.CompletedTask;

    public DiscoveryFront(
        ICluster cluster, Func<string, CoordinatorClient?> clients, IStore store, SegueMetrics metrics, TimeProvider time, ILoggerFactory logs)
    {
        _cluster = cluster;
        _metrics = metrics;
        _time = time;
        _log = logs.CreateLogger<DiscoveryFront>();
        _allow = new AllowList(cluster.Config.Discovery.Allow);
        _desk = new AnnouncementDesk(cluster.Config.Name, store, time, _log);
        _relay = new CoordinatorRelay(cluster, clients, time, _log);
        _relayed = new RelayedAnnouncements(cluster, _relay, time, _log);
    }

    /// <summary>Internal base URIs of the nodes that run tasks, for clean-up.</summary>
    public ImmutableArray<Uri> Workers =>
        [.. _desk.Table.Nodes.Values.Select(static seen => seen.Announcement.WorkerUri).OfType<Uri>().Concat(_relayed.Workers).Distinct()];

    /// <summary>Nodes heard lately, of every kind.</summary>
    public ImmutableArray<AnnouncedNode> Nodes
    {
        get
        {
            var (clock, now) = (_time.GetUtcNow(), _desk.Now);
            return
            [
                .. _desk.Table.Nodes.Values.Where(seen => seen.IsLive(now))
                    .Select(seen => new AnnouncedNode(seen.Announcement.NodeId, seen.Announcement.Address, clock - (now - seen.At)))
                    .Concat(_relayed.Nodes)
                    .OrderBy(static node => node.Id, StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>True for the paths that are discovery's, whatever its mode.</summary>
    public static bool Owns(HttpRequest request) =>
        request.Path.StartsWithSegments("/v1/announcement")
        || request.Path.StartsWithSegments("/v1/service")
        || (request.Path == "/v1/announce" && HttpMethods.IsPost(request.Method));

    /// <summary>There are other members; told before the start.</summary>
    internal void ShareWith(INodeTalk talk) => _replication = new NodeReplication(_desk, _relayed, talk, _time);

    /// <summary>Reads what the store kept, then runs until disposed.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_cluster.Config.Discovery.Mode == DiscoveryMode.Off)
            return;
        await _desk.RestoreAsync(cancellation);
        _running = Task.WhenAll(TickAsync(), ResolveAsync(), WatchAsync(), ShareAsync());
    }

    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var discovery = _cluster.Config.Discovery;
        if (discovery.Mode == DiscoveryMode.Off)
        {
            await RefuseAsync(
                context, StatusCodes.Status404NotFound, "Discovery is off here: nodes announce themselves to their own discovery service.");
            return;
        }

        var isLookup = request.Path.StartsWithSegments("/v1/service");
        if (!isLookup && !_allow.Permits(context.Connection.RemoteIpAddress))
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "This address may not announce nodes (discovery.allow).");
            return;
        }

        if (await ReadBodyAsync(context) is not { } body)
            return;
        var relays = discovery.Mode == DiscoveryMode.Forward;
        await ((request.Method, Segments(request.Path)) switch
        {
            ("POST", ["v1", "announce"]) => RelayAsync(context, "announce", _relayed.AnnounceAsync(KeptRequest.Of(request, body))),
            ("PUT", ["v1", "announcement", _]) when relays =>
                RelayAsync(context, "announce", _relayed.AnnounceAsync(KeptRequest.Of(request, body))),
            ("DELETE", ["v1", "announcement", _]) when relays =>
                RelayAsync(context, "unannounce", _relayed.UnannounceAsync(KeptRequest.Of(request, body))),
            ("GET", ["v1", "service", ..]) when relays => RelayAsync(context, "lookup", LookUpAtActiveAsync(KeptRequest.Of(request, body))),
            ("PUT", ["v1", "announcement", var nodeId]) => AnnounceAsync(context, nodeId, body),
            ("DELETE", ["v1", "announcement", var nodeId]) => UnannounceAsync(context, nodeId),
            ("GET", ["v1", "service"]) => LookUpAsync(context, null, null),
            ("GET", ["v1", "service", var type]) => LookUpAsync(context, type, null),
            ("GET", ["v1", "service", var type, var pool]) => LookUpAsync(context, type, pool),
            _ => RefuseAsync(context, StatusCodes.Status404NotFound, "Discovery has no such path and method."),
        });
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private Task AnnounceAsync(HttpContext context, string nodeId, ReadOnlyMemory<byte> body)
    {
        var announcement = AnnouncementReader.Read(body, out var problem);
        if (announcement is not null && announcement.NodeId != nodeId)
            problem = $"The path names node '{nodeId}', the announcement '{announcement.NodeId}'.";
        if (announcement is null || announcement.NodeId != nodeId)
            return RefuseAsync(context, StatusCodes.Status400BadRequest, problem);

        var step = _desk.Step(new Announce(announcement, KnownEnvironment()));
        if (!step.Accepted)
            return RefuseAsync(context, StatusCodes.Status400BadRequest, step.Reason);
        if (step.Effects.Any(static effect => effect is Keep))
            _replication?.Said(announcement);
        Count("announce", "accepted");
        return EndAsync(context, StatusCodes.Status202Accepted);
    }

    private Task UnannounceAsync(HttpContext context, string nodeId)
    {
        _desk.Step(new Unannounce(nodeId));
        _replication?.TookBack();
        Count("unannounce", "accepted");
        return EndAsync(context, StatusCodes.Status204NoContent);
    }

    private async Task LookUpAsync(HttpContext context, string? type, string? pool)
    {
        var audience = _cluster.Config.Discovery.Standby == StandbyMode.Isolated
            ? new Audience(context.Request.Headers.UserAgent, [.. _cluster.Current.InUse.SelectMany(_addresses.Of)])
            : null;
        var list = ServiceList.Of(_desk.Table, type, pool, audience, _desk.Now, _replication?.Others);
        if (list.Refusal is { } refusal)
        {
            Count("lookup", "unavailable");
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, refusal);
            return;
        }

        Count("lookup", "accepted");
        context.Response.Headers.CacheControl = "max-age=1";
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = list.Json.Length;
        await context.Response.Body.WriteAsync(list.Json, context.RequestAborted);
    }

    private async Task<RelayedAnswer> LookUpAtActiveAsync(KeptRequest request) =>
        await _relay.SendToAllAsync(request, _cluster.Current.Active is { } active ? [active] : []);

    private async Task RelayAsync(HttpContext context, string kind, Task<RelayedAnswer> sent)
    {
        var answer = await sent;
        Count(kind, answer.Succeeded ? "accepted" : answer.Refused ? "refused" : "unavailable");
        context.Response.StatusCode = (int)answer.Status;
        foreach (var (name, value) in answer.Headers)
            context.Response.Headers[name] = value;
        if (answer.Body.Length > 0 && answer.Status != HttpStatusCode.NoContent)
            await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    // the announcing node asks again after max-age, so a change is known within a second (protocol.md §2.1)
    private static Task EndAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "max-age=1";
        return Task.CompletedTask;
    }

    private Task RefuseAsync(HttpContext context, int status, string sentence)
    {
        Count("request", "refused");
        DiscoveryLog.Refused(
            _log, _cluster.Config.Name, context.Request.Method, context.Request.Path, $"{context.Connection.RemoteIpAddress}", sentence);
        return SayAsync(context, status, sentence);
    }

    private static Task SayAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(sentence, context.RequestAborted);
    }

    /// <summary>Null where the request is already answered.</summary>
    private async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContext context)
    {
        using var deadline = new CancellationTokenSource(BodyDeadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        var reader = context.Request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(either.Token);
                if (read.Buffer.Length > BodyBytes)
                {
                    await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, $"An announcement may have {BodyBytes} bytes.");
                    return null;
                }

                if (read.IsCompleted)
                {
                    var body = read.Buffer.ToArray();
                    reader.AdvanceTo(read.Buffer.End);
                    return body;
                }

                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(context, StatusCodes.Status408RequestTimeout, $"The body did not arrive within {BodyDeadline.TotalSeconds} s.");
            return null;
        }
    }

    // the active coordinator's word first: a standby of another environment must not lock the workers out
    private string? KnownEnvironment() => _cluster.Status.Coordinators
        .OrderByDescending(coordinator => coordinator.Name == _cluster.Current.Active)
        .Select(static coordinator => coordinator.Environment)
        .FirstOrDefault(static name => name is not null);

    private static string[] Segments(PathString path) => (path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);

    private void Count(string kind, string outcome) => _metrics.Discovery(_cluster.Config.Name, kind, outcome);

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        await UntilStoppedAsync(async () =>
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                _desk.Step(new Tick());
                _relayed.Sweep();
                await _desk.SaveAsync(_stop.Token);
            }
        });
    }

    private async Task ResolveAsync()
    {
        using var timer = new PeriodicTimer(ResolveEvery, _time);
        await UntilStoppedAsync(async () =>
        {
            do
                await _addresses.RefreshAsync(_cluster.Config.Coordinators, _stop.Token);
            while (await timer.WaitForNextTickAsync(_stop.Token));
        });
    }

    private Task ShareAsync() => UntilStoppedAsync(() => _replication?.RunAsync(_stop.Token) ?? Task.CompletedTask);

    private Task WatchAsync() => UntilStoppedAsync(() => _relayed.WatchAsync(_stop.Token));

    private async Task UntilStoppedAsync(Func<Task> loop)
    {
        try
        {
            await loop();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // disposing is the only way out
        }
    }
}
