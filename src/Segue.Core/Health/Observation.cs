using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>One fact about one coordinator.</summary>
public abstract record Observation
{
    private Observation()
    {
    }

    /// <summary>Time passes; also how a stall of this process itself is noticed.</summary>
    public sealed record Tick : Observation;

    /// <summary>A probe was sent: silence counts from the first one that stays without an answer.</summary>
    public sealed record ProbeSent : Observation;

    /// <param name="Address">The IP address that answered; null where it proves nothing (R5).</param>
    public sealed record ProbeAnswered(NodeInfo Info, string? Address = null) : Observation;

    /// <param name="Kind">One of the kinds from <see cref="Evidence.Refused"/> on.</param>
    /// <param name="Detail">For people: a status, an address.</param>
    /// <param name="Address">The IP address that refused, where it is known and proves something (R5).</param>
    public sealed record ProbeFailed(Evidence Kind, string Detail, string? Address = null) : Observation;

    /// <summary>The idle connection stands.</summary>
    /// <param name="Address">The IP address it is to; null where that proves nothing (R5).</param>
    public sealed record TripwireOpened(string? Address = null) : Observation;

    /// <summary>The idle connection ended.</summary>
    /// <param name="ByPeer">The other side closed or reset it, not the network or this side.</param>
    public sealed record TripwireClosed(bool ByPeer = false) : Observation;

    /// <param name="Incarnation">Where the answer carried a new query id.</param>
    public sealed record TrafficAnswered(Incarnation? Incarnation) : Observation;

    public sealed record TrafficFailed(string What) : Observation;

    /// <param name="Workers">As the coordinator counts them; null where it could not be asked.</param>
    public sealed record CanaryEnded(CanaryOutcome Outcome, int? Workers, Incarnation? Incarnation) : Observation;

    /// <summary>The canaries of other deployments among the queries that it lists (R1.7).</summary>
    public sealed record CanariesListed(ImmutableArray<OtherCanary> Others) : Observation;

    /// <summary>The operator's command says that this incarnation has ended (R5).</summary>
    public sealed record FenceSucceeded(Incarnation Incarnation) : Observation;

    /// <param name="Objection">Why it must not be used (R10.1), or null.</param>
    public sealed record AuthenticationJudged(string? Objection) : Observation;
}
