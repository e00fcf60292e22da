using Segue.Core.Model;
using Segue.Core.Recovery.Writes;

namespace Segue.Core.Routing;

/// <summary>What is known of an attempt from the state of its coordinator.</summary>
public enum AttemptFate
{
    /// <summary>Its coordinator answers and knows it: poll on.</summary>
    Running,

    /// <summary>Its coordinator is silent: neither poll nor give up yet.</summary>
    Unknown,

    /// <summary>Its coordinator lost the active role and may still run it: reads go elsewhere, writes wait for its own end (R6).</summary>
    Superseded,

    /// <summary>The incarnation that ran it is gone.</summary>
    Lost,
}

/// <summary>Where an attempt runs.</summary>
/// <param name="Coordinator">The coordinator's name.</param>
/// <param name="Generation">The coordinator's generation at the submit, or null where only a token tells of the attempt.</param>
/// <param name="Incarnation">From the attempt's query id; null for an id that a client chose.</param>
public readonly record struct AttemptPlace(string Coordinator, int? Generation, Incarnation? Incarnation)
{
    /// <summary>Total over every snapshot: the data path asks it before each send and after each failure.</summary>
    public AttemptFate FateIn(RoutingSnapshot snapshot)
    {
        if (!snapshot.Coordinators.TryGetValue(Coordinator, out var route))
            // before the first look nothing is known of any
            return snapshot.Coordinators.IsEmpty ? AttemptFate.Unknown : AttemptFate.Lost;
        if (Generation is { } generation && generation != route.Generation)
            return AttemptFate.Lost;
        if (Incarnation is { } mine && ((route.Incarnation is { } now && mine != now) || route.ProofOf(mine).Gone == Gone.Proven))
            return AttemptFate.Lost;
        return route.Liveness switch
        {
            Liveness.Dead => AttemptFate.Lost,
            Liveness.Answering => route.Deposed ? AttemptFate.Superseded : AttemptFate.Running,
            Liveness.Silent => route.Deposed ? AttemptFate.Superseded : AttemptFate.Unknown,
            _ => throw new InvalidOperationException($"no such liveness: {route.Liveness}"),
        };
    }
}
