using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>
/// Collects R5's proof for one coordinator: a death that was seen, not a silence. In this order: its connection was closed by the other side,
/// the same address refused a connection, and a new incarnation of the same node answered there that is younger than the close. Or the fence
/// command succeeded. A fact without an address proves nothing: that of an address which several processes share has none.
/// </summary>
public sealed record GoneProof
{
    private const int Kept = 8;

    /// <summary>The engines round an uptime to two decimals of its largest unit.</summary>
    private static readonly TimeSpan LeastRounding = TimeSpan.FromMilliseconds(10);

    public static GoneProof None { get; } = new();

    public StandingWire? Wire { get; init; }

    public SeenEnd? End { get; init; }

    /// <summary>When the probe was sent that is not answered yet.</summary>
    public Instant? AskedAt { get; init; }

    /// <summary>One that was gone was heard again, or several answer in turn (R2.4): restarts prove nothing here any more.</summary>
    public bool Off { get; init; }

    public ImmutableArray<Departure> Departures { get; init; } = [];

    /// <summary>The incarnation whose end was, or may yet be, seen, so that a proof may come.</summary>
    public Incarnation? Provable => Off ? null : End?.Incarnation ?? Wire?.Behind?.Incarnation;

    /// <param name="alternates">The address answers for more than one coordinator (R2.4).</param>
    /// <param name="stalled">This process itself stood still: when it asked is not known well enough.</param>
    public GoneProof Step(Observation seen, bool alternates, bool stalled, Instant now)
    {
        var proof = stalled && AskedAt is not null ? this with { AskedAt = null } : this;
        proof = seen switch
        {
            Observation.ProbeSent => proof with { AskedAt = now },
            Observation.ProbeAnswered(var info, var address) => proof.Answered(info, address, now) with { AskedAt = null },
            Observation.ProbeFailed(Evidence.Refused, _, var address) => proof.Refused(address, now) with { AskedAt = null },
            Observation.ProbeFailed => proof with { AskedAt = null },
            Observation.TripwireOpened(var address) => proof with { Wire = address is null ? null : new StandingWire(address, now, null) },
            Observation.TripwireClosed(var byPeer) => proof.Closed(byPeer, now),
            Observation.TrafficAnswered({ } heard) => proof.Heard(heard),
            Observation.FenceSucceeded(var gone) => proof.Gone(gone, now),
            _ => proof,
        };
        return alternates && !proof.Off ? proof.WithoutRestarts() : proof;
    }

    /// <summary>Its connection is another one from now on.</summary>
    public GoneProof WatchedAnew() => this with { Wire = null, AskedAt = null };

    private GoneProof Closed(bool byPeer, Instant now) => this with
    {
        Wire = null,
        // where nobody had answered behind it the end seen before still stands
        End = byPeer && Wire is { Behind: var (who, node), Address: var address } ? new SeenEnd(who, node, address, now, null) : End,
    };

    private GoneProof Refused(string? address, Instant now) =>
        End is { RefusedAt: null } end && end.Address == address && AskedAt > end.ClosedAt ? this with { End = end with { RefusedAt = now } } : this;

    private GoneProof Answered(NodeInfo info, string? address, Instant now)
    {
        if (info.Incarnation is not { } own)
            return this;
        var proof = Heard(own);
        if (proof.Off)
            return proof;
        if (proof.End is { RefusedAt: { } refused } end && AskedAt is { } asked && asked > refused
            && end.Address == address && end.NodeId == info.NodeId && BeganAfter(info, asked, end.ClosedAt))
            proof = proof.Gone(end.Incarnation, end.ClosedAt);
        if (proof.Wire is not { } wire || info.NodeId is not { } node)
            return proof;
        return wire.Behind is { } behind
            // two that answer while one connection stands: whose it is cannot be told
            ? behind == (own, node) ? proof : proof with { Wire = null }
            : wire.Address == address && AskedAt > wire.OpenedAt ? proof with { Wire = wire with { Behind = (own, node) } } : proof;
    }

    private static bool BeganAfter(NodeInfo info, Instant asked, Instant closed) =>
        info.Uptime is { } uptime && uptime + uptime / 100 + LeastRounding < asked - closed;

    private GoneProof Heard(Incarnation who)
    {
        if (Departures.Any(departure => departure.Incarnation == who))
            return WithoutRestarts();
        // a server closes idle connections too
        return End?.Incarnation == who ? this with { End = null } : this;
    }

    private GoneProof Gone(Incarnation who, Instant by) => Departures.Any(departure => departure.Incarnation == who)
        ? this
        : this with
        {
            End = End?.Incarnation == who ? null : End,
            Departures = Departures.Add(new Departure(who, by))[Math.Max(0, Departures.Length + 1 - Kept)..],
        };

    private GoneProof WithoutRestarts() => this with { Off = true, End = null, Departures = [] };
}
