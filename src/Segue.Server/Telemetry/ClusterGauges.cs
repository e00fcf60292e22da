using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Server.Admin;

namespace Segue.Server.Telemetry;

/// <summary>What is read at each scrape from the clusters' present state; nothing is kept.</summary>
public static class ClusterGauges
{
    private static readonly ImmutableArray<CoordinatorRole> Roles = [.. Enum.GetValues<CoordinatorRole>()];

    /// <summary>Call once, before the first scrape.</summary>
    public static void Register(SegueMetrics metrics, ImmutableArray<AdminCluster> clusters, DateTimeOffset startedAt)
    {
        var meter = metrics.Meter;
        var started = startedAt.ToUnixTimeMilliseconds() / 1000.0;
        meter.CreateObservableGauge("segue.start.time", () => started, "s", "When this process started, since the Unix epoch.");
        meter.CreateObservableGauge(
            "segue.build.info",
            () => new Measurement<long>(1, new("version", SegueVersion.Current), new("runtime", RuntimeInformation.FrameworkDescription)),
            null,
            "Always 1; the labels say what runs.");

        PerCluster("segue.epoch", null, "The epoch this member routes by; 0 before the first assignment.", c => c.Cluster.Current.Epoch);
        PerCluster("segue.holding", null, "1 while new statements are held.", c => c.Cluster.Current.OpenTo is null ? 1 : 0);
        PerCluster("segue.running.queries", "{query}", "Queries with an attempt under way.", c => c.Queries.Count().Running);
        PerCluster("segue.held.queries", "{query}", "Queries that wait without an attempt.", c => c.Queries.Count().Held);
        PerCluster("segue.held", "By", "Memory of held statements and held-back rows.", c => c.Queries.Count().HeldBytes);
        PerCluster("segue.spooled", "By", "Results on disk.", c => c.Queries.Count().SpooledBytes);
        PerCluster("segue.resume", "By", "Lists of delivered rows, and rows that are compared with them, on disk.", c => c.Queries.Count().ResumeBytes);
        PerCluster("segue.discovery.nodes", "{node}", "Nodes that announce themselves.", c => c.Nodes().Length);

        PerCluster("segue.members", "{member}", "Members of the deployment that live.", c => c.Members()?.Members.Count(static one => one.Id is not null) ?? 1);
        PerCluster("segue.conductor", null, "1 where this member takes the decisions.", c => c.Members() is null or { Lease: LeaseStanding.Mine } ? 1 : 0);
        PerCluster("segue.store.answers", null, "1 while the shared store answers this member.", c => c.Members() is null or { Store: StoreStanding.Answers } ? 1 : 0);
        PerCluster("segue.may.route", null, "1 while this member may route.", c => c.Members() is { RightUntil: null } ? 0 : 1);
        PerCluster("segue.failsafe", null, "1 while this member routes because all members agreed to stay.", c => c.Members() is { Right: RightStanding.Failsafe } ? 1 : 0);

        meter.CreateObservableGauge("segue.active.coordinator", Active, null, "1 for the active coordinator of a cluster, 0 for its others.");
        meter.CreateObservableGauge("segue.coordinator.role", Role, null, "1 for the role that a coordinator has, 0 for the others.");
        meter.CreateObservableGauge("segue.coordinator.ready", Ready, null, "1 for a coordinator that could take over now.");
        meter.CreateObservableGauge("segue.workers.seen", Workers, "{worker}", "Workers that the last canary counted; absent while unknown.");

        void PerCluster(string name, string? unit, string help, Func<AdminCluster, long> value) => meter.CreateObservableGauge(
            name,
            () => clusters.Select(c => new Measurement<long>(value(c), new KeyValuePair<string, object?>("cluster", c.Name))),
            unit,
            help);

        IEnumerable<Measurement<long>> Active() =>
            from cluster in clusters
            let active = cluster.Cluster.Current.Active
            from coordinator in cluster.Cluster.Config.Coordinators
            select Of(cluster, coordinator.Name, coordinator.Name == active ? 1 : 0);

        IEnumerable<Measurement<long>> Role() =>
            from cluster in clusters
            from coordinator in cluster.Cluster.Status.Coordinators
            from role in Roles
            select new Measurement<long>(
                coordinator.Role == role ? 1 : 0,
                new("cluster", cluster.Name),
                new("coordinator", coordinator.Name),
                new("role", role.ToString().ToLowerInvariant()));

        IEnumerable<Measurement<long>> Ready() =>
            from cluster in clusters
            from coordinator in cluster.Cluster.Status.Coordinators
            select Of(cluster, coordinator.Name, coordinator.Ready ? 1 : 0);

        IEnumerable<Measurement<long>> Workers() =>
            from cluster in clusters
            from coordinator in cluster.Cluster.Status.Coordinators
            where coordinator.WorkersSeen is not null
            select Of(cluster, coordinator.Name, coordinator.WorkersSeen ?? 0);

        static Measurement<long> Of(AdminCluster cluster, string coordinator, long value) =>
            new(value, new("cluster", cluster.Name), new("coordinator", coordinator));
    }
}
