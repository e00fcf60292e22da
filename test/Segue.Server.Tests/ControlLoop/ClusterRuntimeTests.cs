using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Admin;
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
    public async Task A_coordinator_that_sees_fewer_workers_than_have_announced_themselves_is_asked_again_soon()
    {
        await using var coordinator = await new FakeCoordinator("aaaaa").StartAsync();
        var workers = Enumerable.Range(1, 3).Select(number => new Uri($"http://127.0.0.1:{number}"));
        await using var cluster = Cluster(new Surroundings { Announced = [.. workers] }, coordinator);
        await cluster.StartAsync(CancellationToken.None);
        // its canaries count two, and are a minute apart otherwise
        await UntilTrueAsync(() => coordinator.ListsAsked >= 2);
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
    public async Task A_probe_that_failed_confirms_nothing_of_one_that_counts_as_answering()
    {
        await using var coordinator = await new FakeCoordinator("aaaaa").StartAsync();
        await using var cluster = Cluster(new Surroundings(), coordinator);
        await cluster.StartAsync(CancellationToken.None);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == coordinator.Config.Name);
        coordinator.Silent = true;
        await cluster.ConfirmAsync(coordinator.Config.Name, CancellationToken.None);
        cluster.Current.Coordinators[coordinator.Config.Name].Liveness.ShouldBe(Liveness.Silent);
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

    [Fact]
    public async Task A_failover_that_the_store_never_confirmed_is_not_in_the_history()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        var surroundings = new Surroundings();
        await using var cluster = Cluster(surroundings, first, second);
        await cluster.StartAsync(CancellationToken.None);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name);

        surroundings.Unavailable = true;
        await first.CrashAsync();
        await UntilAsync(cluster, snapshot => snapshot.Reason.Contains("and it does not: down", StringComparison.Ordinal));
        surroundings.Recent(100).ShouldNotContain(happened => happened.Kind == EventKinds.Failover);
        surroundings.Unavailable = false;
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == second.Config.Name);
        surroundings.Recent(100).Count(happened => happened.Kind == EventKinds.Failover).ShouldBe(1);
        surroundings.Recent(100).Count(happened => happened.Kind == EventKinds.NotConfirmed).ShouldBe(1, "however often it was tried");
    }

    [Fact]
    public async Task The_active_coordinator_taken_out_hands_over_and_is_watched_until_it_ends()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        await using var third = await new FakeCoordinator("ccccc").StartAsync();
        var surroundings = new Surroundings();
        await using var cluster = Cluster(surroundings, first, second);
        await cluster.StartAsync(CancellationToken.None);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name);
        var client = cluster.Client(second.Config.Name);

        cluster.Apply(cluster.Config with { Coordinators = [third.Config, second.Config], Health = cluster.Config.Health with { SuspectAfter = TimeSpan.FromSeconds(1) } });
        var moved = await UntilAsync(cluster, snapshot => snapshot.Epoch == 2 && snapshot.OpenTo is not null);
        moved.OpenTo.ShouldBeOneOf(second.Config.Name, third.Config.Name);
        moved.Reason.ShouldStartWith($"{first.Config.Name} was taken out of the configuration; {moved.OpenTo} takes over as epoch 2");
        moved.Coordinators[first.Config.Name].ShouldSatisfyAllConditions(
            route => route.Role.ShouldBe(CoordinatorRole.Draining),
            route => route.Deposed.ShouldBeFalse("what runs there goes on"));
        cluster.Client(first.Config.Name).ShouldNotBeNull("its clients poll on");
        cluster.Client(second.Config.Name).ShouldBeSameAs(client, "nothing of it was changed");
        cluster.Status.Coordinators.Single(coordinator => coordinator.Name == first.Config.Name).Ready.ShouldBeFalse();

        await first.CrashAsync();
        await UntilAsync(cluster, snapshot => !snapshot.Coordinators.ContainsKey(first.Config.Name));
        cluster.Client(first.Config.Name).ShouldBeNull();
        cluster.Current.OpenTo.ShouldBe(moved.OpenTo);
        string.Join(' ', surroundings.Recent(100).Select(happened => happened.Kind).Where(kind => kind is not ("CoordinatorReady" or "Holding" or "ProbeFailed")))
            .ShouldBe("Chosen Added Removed Moved CoordinatorLost");
    }

    [Fact]
    public async Task Another_deployments_canaries_make_it_not_ready_unless_they_are_allowed()
    {
        await using var shared = await new FakeCoordinator("aaaaa").StartAsync();
        var surroundings = new Surroundings();
        await using var cluster = Cluster(surroundings, shared);
        cluster.Apply(cluster.Config with { Canary = new CanaryConfig { Interval = TimeSpan.FromSeconds(1), Warmups = 1 } });
        await cluster.StartAsync(CancellationToken.None);
        var health = new SegueHealth([cluster], CancellationToken.None);
        shared.OtherCanaries = ["20260101_000000_00007_zzzzz"];
        await UntilAsync(cluster, snapshot => snapshot.OpenTo is not null);
        await UntilTrueAsync(() => shared.ListsAsked > 1);
        health.Ready().Ready.ShouldBeTrue("those may be of one that has ended");

        shared.OtherCanaries = ["20260101_000000_00007_zzzzz", "20260101_000100_00008_zzzzz"];
        await UntilTrueAsync(() => cluster.Status.Alarm is not null);
        health.Ready().ShouldBe(new HealthVerdict(false, $"main: {shared.Config.Name} is used by another Segue deployment too (theirs)"));
        surroundings.Recent(100).ShouldContain(happened => happened.Kind == EventKinds.OtherDeployment);
        cluster.Current.OpenTo.ShouldNotBeNull("statements go on");

        cluster.Apply(cluster.Config with { AllowForeign = true });
        await UntilTrueAsync(() => health.Ready().Ready);
        cluster.Status.Coordinators[0].Sentence.ShouldContain("another Segue deployment (theirs) uses it too");
    }

    [Fact]
    public async Task Two_addresses_of_one_coordinator_are_named_in_status_and_history()
    {
        await using var one = await new FakeCoordinator("aaaaa").StartAsync();
        await using var same = await new FakeCoordinator("aaaaa").StartAsync();
        var surroundings = new Surroundings();
        await using var cluster = Cluster(surroundings, one, same);
        await cluster.StartAsync(CancellationToken.None);
        await UntilTrueAsync(() => surroundings.Recent(100).Any(happened => happened.Kind == EventKinds.Duplicate));
        var said = $"{same.Config.Name} is the same process as {one.Config.Name}: two addresses of one coordinator are configured";
        surroundings.Recent(100).Single(happened => happened.Kind == EventKinds.Duplicate).Sentence.ShouldBe(said);
        cluster.Status.Coordinators[1].ShouldSatisfyAllConditions(
            status => status.Sentence.ShouldBe(said),
            status => status.Ready.ShouldBeFalse());
    }

    [Fact]
    public async Task A_look_that_somebody_waits_for_is_not_taken_for_granted_when_the_configuration_changes()
    {
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        await using var second = await new FakeCoordinator("bbbbb").StartAsync();
        await using var cluster = Cluster(new Surroundings(), first, second);
        await cluster.StartAsync(CancellationToken.None);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name);
        first.Silent = true;
        var look = cluster.ConfirmAsync(first.Config.Name, CancellationToken.None);
        cluster.Apply(cluster.Config with { Hold = cluster.Config.Hold with { MaxQueries = 7 } });
        // behind the change
        await cluster.ConfirmAsync(second.Config.Name, CancellationToken.None);
        cluster.Config.Hold.MaxQueries.ShouldBe(7);
        look.IsCompleted.ShouldBeFalse();
        first.Silent = false;
        await look.WaitAsync(Patience);
    }

    private static Task UntilTrueAsync(Func<bool> holds) => Discovery.Nodes.UntilAsync(holds);

    internal static ClusterRuntime Cluster(Surroundings surroundings, params FakeCoordinator[] coordinators) => new(
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

    internal static async Task<RoutingSnapshot> UntilAsync(ClusterRuntime cluster, Func<RoutingSnapshot, bool> holds)
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
