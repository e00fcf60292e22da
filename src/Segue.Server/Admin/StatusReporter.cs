using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Server.Admin;

/// <summary>Projects what members know onto what operators' tools may rely on.</summary>
internal sealed class StatusReporter(AdminSources sources, SegueHealth health)
{
    private const int EventsInStatus = 20;

    public StatusReport Status()
    {
        var verdict = health.Ready();
        return new StatusReport
        {
            Version = SegueVersion.Current,
            At = sources.Time.GetUtcNow(),
            StartedAt = sources.StartedAt,
            DeploymentId = sources.DeploymentId,
            Member = sources.Member,
            Ready = verdict.Ready,
            Sentence = verdict.Sentence,
            Clusters = [.. sources.Clusters.Select(Of)],
            Events = History(EventsInStatus),
        };
    }

    public ImmutableArray<EventReport> History(int last) =>
        [.. sources.History.Recent(last).Select(e => new EventReport(e.At, e.Kind, e.Cluster, e.Coordinator, e.Epoch, e.Sentence) { Member = e.Member, Machine = e.Machine })];

    private static ClusterReport Of(AdminCluster cluster)
    {
        var status = cluster.Cluster.Status;
        var counts = cluster.Queries.Count();
        return new ClusterReport
        {
            Name = status.Cluster,
            Engine = Word(status.Engine),
            Active = status.Assignment?.Active,
            ActiveSince = status.Assignment?.At,
            Reason = status.Assignment?.Reason,
            Epoch = status.Assignment?.Epoch ?? 0,
            Holding = status.Holding,
            Sentence = status.Sentence,
            Queries = new QueriesReport(counts.Running, counts.Held, counts.HeldBytes, counts.Recovered),
            Coordinators = [.. status.Coordinators.Select(Of)],
            Nodes = [.. cluster.Nodes().Select(n => new NodeReport(n.Id, n.Address, n.Seen))],
            LastFailover = status.LastFailover is { } t
                ? new FailoverReport(t.Epoch, t.Detect.TotalSeconds, t.Decide.TotalSeconds, t.FirstAnswer?.TotalSeconds)
                : null,
            Members = MembersReporter.Of(cluster.Members()),
        };
    }

    private static CoordinatorReport Of(CoordinatorStatus coordinator) => new()
    {
        Name = coordinator.Name,
        Role = Word(coordinator.Role),
        Liveness = Word(coordinator.Liveness),
        Ready = coordinator.Ready,
        Evidence = coordinator.Evidence,
        Sentence = coordinator.Sentence,
        Incarnation = coordinator.Incarnation?.Value,
        Version = coordinator.Version,
        Environment = coordinator.Environment,
        WorkersSeen = coordinator.WorkersSeen,
        LastCanary = coordinator.LastCanary is { } canary
            ? new CanaryReport(canary.At, canary.Succeeded, canary.Took.TotalSeconds, canary.Sentence)
            : null,
    };

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
