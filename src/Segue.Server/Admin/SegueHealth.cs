using System.Collections.Immutable;
using Segue.Server.ControlLoop;

namespace Segue.Server.Admin;

/// <summary>
/// What a load balancer asks, on both ports (R10.4). Ready means: send clients here. A member that holds is ready, because a hold keeps its
/// clients' queries and a balancer without a member to send to would fail them.
/// </summary>
public sealed class SegueHealth(ImmutableArray<ICluster> clusters, CancellationToken stopping)
{
    /// <summary>Liveness depends on neither store nor coordinators: that this process answers is all of it.</summary>
    public const string Alive = "alive";

    /// <summary>It still serves who comes, and wants nobody to come any more.</summary>
    public bool IsStopping => stopping.IsCancellationRequested;

    public HealthVerdict Ready()
    {
        if (stopping.IsCancellationRequested)
            return new(false, "this member is stopping");
        var refusals = clusters.Select(Refusal).OfType<string>().ToList();
        return refusals.Count > 0
            ? new(false, string.Join("; ", refusals))
            : new(true, string.Join("; ", clusters.Select(Serving)));
    }

    private static string? Refusal(ICluster cluster) => cluster switch
    {
        { Current: { Epoch: 0, Reason: var reason } } => $"{cluster.Config.Name} has no active coordinator yet: {reason}",
        { Unfit: { } why } => $"{cluster.Config.Name}: {why}",
        { Status.Alarm: { } alarm } => $"{cluster.Config.Name}: {alarm}",
        _ => null,
    };

    private static string Serving(ICluster cluster) => cluster.Current switch
    {
        { OpenTo: { } open } => $"{cluster.Config.Name} is served by {open}",
        { Reason: var reason } => $"{cluster.Config.Name} holds its statements: {reason}",
    };
}

/// <param name="Sentence">Why, for people.</param>
public readonly record struct HealthVerdict(bool Ready, string Sentence);
