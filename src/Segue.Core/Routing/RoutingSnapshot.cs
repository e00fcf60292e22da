using System.Collections.Immutable;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Core.Recovery.Writes;

namespace Segue.Core.Routing;

/// <summary>What the last evidence says of the process behind a coordinator's address.</summary>
public enum Liveness
{
    /// <summary>It answers.</summary>
    Answering,

    /// <summary>No word from it, and no proof of its end: it may be paused.</summary>
    Silent,

    /// <summary>Its end was seen: the connection closed and the address refuses (R2.1).</summary>
    Dead,
}

/// <summary>One coordinator as the data path sees it.</summary>
public sealed record CoordinatorRoute
{
    public required string Name { get; init; }

    public required CoordinatorRole Role { get; init; }

    public required Liveness Liveness { get; init; }

    /// <summary>Counts the restarts seen; it grows even while the incarnation's id is not known yet.</summary>
    public required int Generation { get; init; }

    /// <summary>Null until a query id of this generation was seen, or <c>/v1/info</c> told it (Trino 477 and later).</summary>
    public Incarnation? Incarnation { get; init; }

    /// <summary>True once a loss (not a planned move) took the active role from this generation.</summary>
    public bool Deposed { get; init; }

    /// <summary>Incarnations of it that are proven to be gone (R5), the last ones.</summary>
    public ImmutableArray<Departure> Departures { get; init; } = [];

    /// <summary>The incarnation that may yet be proven to be gone: by the end of its connection and a restart, or by the fence command.</summary>
    public Incarnation? Provable { get; init; }

    /// <summary>R5's proof for one incarnation, and since when it is gone.</summary>
    public (Gone Gone, Instant? By) ProofOf(Incarnation incarnation)
    {
        foreach (var departure in Departures)
        {
            if (departure.Incarnation == incarnation)
                return (Gone.Proven, departure.By);
        }
        return (Provable == incarnation ? Gone.Awaited : Gone.Unprovable, null);
    }

    /// <summary>Its version begins a statement at the POST (R6.2).</summary>
    public bool ExecutesOnPost { get; init; }
}

/// <summary>An immutable picture of one cluster; the data path reads it, the control loop swaps it whole.</summary>
public sealed record RoutingSnapshot
{
    public required string Cluster { get; init; }

    /// <summary>The epoch this member routes by; 0 before the first assignment.</summary>
    public required long Epoch { get; init; }

    /// <summary>Null while new statements are held: no active coordinator, or it is suspect.</summary>
    public string? OpenTo { get; init; }

    /// <summary>The active coordinator of the assignment, also while statements are held.</summary>
    public string? Active { get; init; }

    /// <summary>Why it is so, one sentence.</summary>
    public required string Reason { get; init; }

    public required ImmutableDictionary<string, CoordinatorRoute> Coordinators { get; init; }

    /// <summary>The active coordinator and those that drain: these need the workers.</summary>
    public ImmutableArray<string> InUse =>
        [.. Coordinators.Values.Where(route => route.Name == Active || route.Role == CoordinatorRole.Draining).Select(static route => route.Name)];
}
