using System.Net;
using Segue.Server.ControlLoop;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>What a coordinator that was silent, given up and heard again had left behind (R8.1).</summary>
public sealed class CleanUpTests
{
    [Fact]
    public async Task The_queries_of_a_deposed_coordinator_are_ended_but_neither_younger_ones_nor_a_write_that_a_client_follows()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        first.Running["20260101_000000_00002_aaaaa"] = now.AddMinutes(-1);
        first.Running["20260101_000000_00003_aaaaa"] = now.AddMinutes(-1);
        first.Running["20260101_000000_00004_aaaaa"] = now.AddHours(1);
        await using var cluster = ClusterRuntimeTests.Cluster(new Surroundings { Followed = new Follows("20260101_000000_00003_aaaaa") }, first, second);
        await DeposeAsync(cluster, first, second);
        await ClusterRuntimeTests.UntilAsync(cluster, snapshot => !snapshot.Coordinators[first.Config.Name].Deposed);

        first.Running.Keys.Order().ShouldBe(["20260101_000000_00003_aaaaa", "20260101_000000_00004_aaaaa"]);
    }

    [Fact]
    public async Task The_tasks_of_the_deposed_incarnation_are_aborted_on_the_workers_and_a_refused_abort_is_said_and_tried_again()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        await using var worker = await new FakeWorker().StartAsync();
        worker.Tasks["20260101_000000_00002_aaaaa.1.0.0"] = true;
        worker.Tasks["20260101_000000_00003_aaaaa.2.0.1"] = true;
        worker.Tasks["20260101_000000_00002_bbbbb.1.0.0"] = true;
        worker.Refuses = HttpStatusCode.Unauthorized;
        using var log = new Lines();
        var surroundings = new Surroundings { Announced = [worker.Uri], Followed = new Follows("20260101_000000_00003_aaaaa"), Loggers = log };
        await using var cluster = ClusterRuntimeTests.Cluster(surroundings, first, second);
        await DeposeAsync(cluster, first, second);
        await Discovery.Nodes.UntilAsync(() => log.Said.Any(static line => line.Contains("internal_secret must be the cluster's shared secret", StringComparison.Ordinal)));

        worker.Refuses = null;
        await Discovery.Nodes.UntilAsync(() => log.Said.Any(static line => line.Contains("1 tasks of", StringComparison.Ordinal)));
        worker.Tasks.Keys.Order().ShouldBe(["20260101_000000_00002_bbbbb.1.0.0", "20260101_000000_00003_aaaaa.2.0.1"]);
        worker.Unexpected.ShouldBeEmpty();
    }

    private static async Task DeposeAsync(ClusterRuntime cluster, FakeCoordinator first, FakeCoordinator second)
    {
        await cluster.StartAsync(CancellationToken.None);
        await ClusterRuntimeTests.UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name && snapshot.Coordinators[first.Config.Name].Incarnation is not null);
        first.Silent = true;
        await ClusterRuntimeTests.UntilAsync(cluster, snapshot => snapshot.OpenTo == second.Config.Name);
        first.Silent = false;
    }

    private sealed class Follows(params string[] writes) : IQueryCensus
    {
        public QueryCounts Count() => new(0, 0, 0, 0);

        public IReadOnlySet<string> Spared(string coordinator) => writes.ToHashSet();
    }
}
