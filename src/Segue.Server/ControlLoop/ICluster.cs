using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;

namespace Segue.Server.ControlLoop;

/// <summary>One cluster as the data path, the discovery front and the admin port see it.</summary>
public interface ICluster
{
    ClusterConfig Config { get; }

    /// <summary>Read once per decision; never blocks.</summary>
    RoutingSnapshot Current { get; }

    ClusterStatus Status { get; }

    /// <summary>Why clients are better served by another member; null where this one is fit.</summary>
    string? Unfit => null;

    /// <summary>Completes when <see cref="Current"/> is no longer <paramref name="seen"/>.</summary>
    Task ChangedFromAsync(RoutingSnapshot seen, CancellationToken cancellation);

    /// <summary>Real traffic failed; triggers a probe at once.</summary>
    void ReportFailure(string coordinator, string what);

    /// <summary>Real traffic was answered: it counts as life (R2.1). The incarnation is given where the answer carried a new query id.</summary>
    void ReportAnswer(string coordinator, Incarnation? incarnation);

    /// <summary>Completes when a probe that began after this call was answered and applied to <see cref="Current"/>, or the coordinator does not count as answering there.</summary>
    Task ConfirmAsync(string coordinator, CancellationToken cancellation);

    /// <summary>
    /// The last check before a POST or a first poll (R1.3). Null where <paramref name="coordinator"/> is not, or no longer, the one that
    /// <paramref name="epoch"/> routes to. The send must end, or be broken off on <see cref="ISendLease.Revoked"/>, before the lease is disposed.
    /// </summary>
    ISendLease? TryEnter(long epoch, string coordinator);
}

/// <summary>The right to have one POST or first poll under way; a later epoch begins only after all are given back.</summary>
public interface ISendLease : IDisposable
{
    CancellationToken Revoked { get; }
}

/// <summary>What the control loop asks of the data path.</summary>
public interface IQueryCensus
{
    QueryCounts Count();

    /// <summary>Query ids on a coordinator that clean-up must leave alone: writes whose clients wait for their own end (R8.1).</summary>
    IReadOnlySet<string> Spared(string coordinator);
}

/// <param name="Running">Followed by a client, with an attempt under way.</param>
/// <param name="Held">Waiting without an attempt.</param>
/// <param name="Recovered">Brought to a new attempt since the start of this process.</param>
/// <param name="HeldBytes">Bytes that held statements and held-back rows take now.</param>
/// <param name="SpooledBytes">Bytes of results on disk.</param>
/// <param name="ResumeBytes">Bytes on disk of lists of delivered rows and of rows that are compared with them.</param>
public sealed record QueryCounts(int Running, int Held, long Recovered, long HeldBytes, long SpooledBytes = 0, long ResumeBytes = 0);
