using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Owners;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Statements;
using Segue.Server.Recovery;
using Segue.Server.Telemetry;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway;

/// <summary>What every statement request shares.</summary>
internal sealed class GatewayServices
{
    /// <summary>The engines' own long poll (protocol.md §1.1); clients wait this long for a page that says only QUEUED.</summary>
    public static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(1);

    private readonly string _suffix = QueryIdMint.Suffix(RandomNumberGenerator.GetBytes(5));
    private int _minted;
    private EpochSeen _epoch = new(0, default);

    public required ICluster Cluster { get; init; }

    public required Func<string, CoordinatorClient?> Coordinator { get; init; }

    public required TokenSeal Seal { get; init; }

    public required UpstreamCall Calls { get; init; }

    public required HandleBook Book { get; init; }

    public required ReleaseGate Release { get; init; }

    public required RowSpool Spool { get; init; }

    public required LimitsConfig Limits { get; init; }

    public required TimeProvider Time { get; init; }

    public required SegueMetrics Metrics { get; init; }

    public required ILogger Log { get; init; }

    /// <summary>Learns what became of lost writes.</summary>
    public required WriteRecovery Writes { get; init; }

    /// <summary>Has running statements outlive this process.</summary>
    public required Journal Journal { get; init; }

    /// <summary>This process, new at each start (R3.2).</summary>
    public required string Owner { get; init; }

    /// <summary>The deployment's other members; null where there is one alone.</summary>
    public OtherMembers? Others { get; init; }

    public ClusterConfig Config => Cluster.Config;

    public Dialect Dialect => Dialect.Of(Config.Engine);

    /// <summary>For how long the data path has seen the present epoch; asked at every poll, so that a change is seen soon.</summary>
    public TimeSpan ObserveEpoch()
    {
        var epoch = Cluster.Current.Epoch;
        var seen = Volatile.Read(ref _epoch);
        if (seen.Epoch != epoch)
            Volatile.Write(ref _epoch, seen = new EpochSeen(epoch, Now));
        return Now - seen.Since;
    }

    public Instant Now => new(Time.GetElapsedTime(0, Time.GetTimestamp()));

    /// <summary>An id in the engine's format for a statement that no coordinator has seen yet (R3.7).</summary>
    public string MintId() => QueryIdMint.Mint(Time.GetUtcNow(), Interlocked.Increment(ref _minted) % 100_000, _suffix);

    /// <summary>The address of a handle's next page, at the client's own name for Segue (R3.8).</summary>
    public string NextUri(in ClientOrigin origin, QueryHandle handle, long sequence, string? upstreamPath)
    {
        // rows that wait here come before whatever the coordinator has: without this member the token leads nowhere
        if (handle.Resume is { } resume && (!resume.IsDelivering || resume.Waits))
            upstreamPath = null;
        if (handle.Spool is { Waits: true })
            upstreamPath = null;
        var executing = upstreamPath?.Contains("/executing", StringComparison.Ordinal) ?? false;
        var token = new QueryToken
        {
            Handle = handle.Id,
            Owner = handle.Owner ?? Owner,
            Coordinator = handle.Attempt?.Place.Coordinator ?? "",
            Incarnation = handle.Attempt?.Place.Incarnation?.Value,
            Attempt = handle.Submits,
            UpstreamPath = upstreamPath ?? "",
            Sequence = sequence,
            Rows = handle.RowsDelivered,
            RowsHash = handle.Delivered.Sum,
            RowsKey = handle.RowKey,
            Skip = handle.BrokenPage is { } broken && broken.Path == upstreamPath ? broken.RowsSent : 0,
            ColumnsHash = handle.ColumnsShown,
            Traits = (executing ? TokenTraits.Executing : 0)
                | (handle.MayHaveEffects ? TokenTraits.MayHaveEffects : 0)
                | (handle.Submission?.Transaction is null ? 0 : TokenTraits.InTransaction)
                | (handle.EncodedDelivered ? TokenTraits.Encoded : 0)
                | (handle.Attempt is { MayHaveBegun: true, NextPollMayBeFirst: false } ? TokenTraits.Begun : 0),
        };
        handle.Issued = token;
        Span<byte> nonce = stackalloc byte[TokenSeal.NonceSize];
        RandomNumberGenerator.Fill(nonce);
        return origin.Base + StatementPath.Build(executing, handle.Id, Seal.Seal(token, nonce), sequence);
    }

    /// <summary>Addresses in encoded data are those at the client's own name for Segue.</summary>
    public SegmentRewriter? Segments(in ClientOrigin origin) => Config.Engine == EngineKind.Trino ? new SegmentRewriter(origin.Base) : null;

    /// <summary>Waits for another state of the cluster, or until <paramref name="until"/>.</summary>
    public async Task WaitForChangeAsync(RoutingSnapshot seen, Instant until, CancellationToken cancellation)
    {
        var left = until - Now;
        if (left <= TimeSpan.Zero)
            return;
        using var timer = new CancellationTokenSource(left, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            await Cluster.ChangedFromAsync(seen, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // the time is up: the caller looks again
        }
    }

    private sealed record EpochSeen(long Epoch, Instant Since);
}
