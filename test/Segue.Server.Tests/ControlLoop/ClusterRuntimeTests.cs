using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;

namespace Segue.Server.Tests.ControlLoop;

public sealed class ClusterRuntimeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_crash_moves_the_cluster_to_the_standby_and_the_old_one_comes_back_as_standby()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        await using var cluster = Cluster(new Surroundings(), first, second);
        await cluster.StartAsync(CancellationToken.None);
        var start = await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name);
        start.Epoch.ShouldBe(1);
        using var lease = cluster.TryEnter(1, first.Config.Name);
        lease.ShouldNotBeNull();

        await first.CrashAsync();
        await UntilAsync(cluster, snapshot => snapshot.OpenTo is null);
        await Revocation.SeenAsync(lease);
        cluster.TryEnter(1, first.Config.Name).ShouldBeNull();
        cluster.Current.OpenTo.ShouldBeNull("a send of the old epoch is still under way");
        lease.Dispose();

        var moved = await UntilAsync(cluster, snapshot => snapshot.OpenTo == second.Config.Name);
        moved.Epoch.ShouldBe(2);
        moved.Reason.ShouldContain("refused connections and its last connection closed");
        cluster.TryEnter(2, second.Config.Name).ShouldNotBeNull().Dispose();

        await first.StartAsync("ccccc");
        var back = await UntilAsync(cluster, snapshot => snapshot.Coordinators[first.Config.Name].Role == CoordinatorRole.Standby);
        back.OpenTo.ShouldBe(second.Config.Name);
        back.Coordinators[first.Config.Name].Generation.ShouldBe(1);
    }

    [Fact]
    public async Task A_silent_coordinator_is_held_for_then_given_up_and_cleaned_when_it_answers_again()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        await using var cluster = Cluster(new Surroundings(), first, second);
        await cluster.StartAsync(CancellationToken.None);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name);

        first.Silent = true;
        var held = await UntilAsync(cluster, snapshot => snapshot.OpenTo is null);
        held.Active.ShouldBe(first.Config.Name);
        held.Epoch.ShouldBe(1);
        var moved = await UntilAsync(cluster, snapshot => snapshot.OpenTo == second.Config.Name);
        moved.Coordinators[first.Config.Name].Deposed.ShouldBeTrue();
        moved.Coordinators[first.Config.Name].Role.ShouldBe(CoordinatorRole.Fenced);

        first.Silent = false;
        await UntilAsync(cluster, snapshot => snapshot.Coordinators[first.Config.Name] is { Role: CoordinatorRole.Standby, Deposed: false, Generation: 0 });
        cluster.Current.OpenTo.ShouldBe(second.Config.Name);
    }

    [Fact]
    public async Task A_member_that_starts_again_goes_on_with_the_coordinator_it_had()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        var surroundings = new Surroundings();
        await using (var before = Cluster(surroundings, second, first))
        {
            await before.StartAsync(CancellationToken.None);
            await UntilAsync(before, snapshot => snapshot.OpenTo == second.Config.Name);
        }
        await using var after = Cluster(surroundings, first, second);
        await after.StartAsync(CancellationToken.None);
        var resumed = await UntilAsync(after, snapshot => snapshot.OpenTo is not null);
        resumed.OpenTo.ShouldBe(second.Config.Name);
        resumed.Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task A_store_that_is_down_holds_a_failover_and_not_what_is_active()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        var surroundings = new Surroundings();
        await using var cluster = Cluster(surroundings, first, second);
        await cluster.StartAsync(CancellationToken.None);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name);

        surroundings.Unavailable = true;
        await cluster.ConfirmAsync(first.Config.Name, CancellationToken.None);
        cluster.Current.OpenTo.ShouldBe(first.Config.Name);
        await first.CrashAsync();
        await UntilAsync(cluster, snapshot => snapshot.Reason.Contains("when the store has confirmed it, and it does not: down", StringComparison.Ordinal));
        surroundings.Unavailable = false;
        (await UntilAsync(cluster, snapshot => snapshot.OpenTo == second.Config.Name)).Epoch.ShouldBe(3);
    }

    private static ClusterRuntime Cluster(Surroundings surroundings, params FakeCoordinator[] coordinators) => new(
        new ClusterConfig
        {
            Name = "main",
            Engine = EngineKind.Presto,
            Coordinators = [.. coordinators.Select(coordinator => coordinator.Config)],
            AllowUnauthenticated = true,
            Health = new HealthConfig
            {
                ProbeInterval = TimeSpan.FromMilliseconds(50),
                ProbeTimeout = TimeSpan.FromSeconds(1),
                SuspectAfter = TimeSpan.FromSeconds(2),
                UnresponsiveAfter = TimeSpan.FromSeconds(4),
            },
        },
        surroundings.Services);

    private static async Task<RoutingSnapshot> UntilAsync(ClusterRuntime cluster, Func<RoutingSnapshot, bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var snapshot = cluster.Current;
            if (holds(snapshot))
                return snapshot;
            try
            {
                await cluster.ChangedFromAsync(snapshot, patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"still: {snapshot.Reason}; {string.Join(", ", snapshot.Coordinators.Values)}");
            }
        }
    }
}

internal static class Revocation
{
    public static async Task SeenAsync(ISendLease lease)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lease.Revoked.Register(() => done.TrySetResult());
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }
}
