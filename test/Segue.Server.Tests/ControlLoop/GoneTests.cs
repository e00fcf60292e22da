using System.Collections.Immutable;
using System.Diagnostics;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>How a coordinator's end is proven (R5) and brought about (R8.2), over real sockets and with real processes.</summary>
public sealed class GoneTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("segue-fence-").FullName;
    private readonly ClusterServices _services = new Surroundings().Services;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false, Gone.Proven)]
    [InlineData(true, Gone.Unprovable)]
    public async Task A_death_and_a_restart_that_were_seen_prove_the_end_unless_the_address_is_shared(bool shared, Gone gone)
    {
        await using var first = await new FakeCoordinator("aaaaa") { NodeId = "node-1", BootTime = TimeSpan.FromSeconds(2) }.StartAsync();
        await using var second = await new FakeCoordinator("bbbbb") { NodeId = "node-2" }.StartAsync();
        await using var cluster = Cluster(first, second, shared);
        await cluster.StartAsync(CancellationToken.None);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name && (shared || snapshot.Coordinators[first.Config.Name].Provable is not null));
        await first.CrashAsync();
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == second.Config.Name);
        cluster.Current.Coordinators[first.Config.Name].ProofOf(new Incarnation("aaaaa")).Gone.ShouldBe(shared ? Gone.Unprovable : Gone.Awaited);
        await first.StartAsync("ccccc");
        await UntilAsync(cluster, snapshot => snapshot.Coordinators[first.Config.Name] is { Role: CoordinatorRole.Standby } back
            && back.ProofOf(new Incarnation("aaaaa")).Gone == gone);
    }

    [Fact]
    public async Task A_fence_command_that_kills_the_process_proves_its_end()
    {
        using var victim = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        await using var first = await new FakeCoordinator("aaaaa") { NodeId = "node-1" }.StartAsync();
        await using var second = await new FakeCoordinator("bbbbb") { NodeId = "node-2" }.StartAsync();
        var script = Script($"echo \"$1 $2 $3 $4 $SEGUE_COORDINATOR_URL\" > {_folder}/asked; kill -9 {victim.Id}");
        await using var cluster = Cluster(first, second, fence: new CommandConfig { Command = ["/bin/sh", script, "hard"] });
        await cluster.StartAsync(CancellationToken.None);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name && snapshot.Coordinators[first.Config.Name].Incarnation is not null);
        first.Silent = true;
        await UntilAsync(cluster, snapshot => snapshot.Coordinators[first.Config.Name].ProofOf(new Incarnation("aaaaa")).Gone == Gone.Proven);
        await victim.WaitForExitAsync().WaitAsync(Patience);
        (await File.ReadAllTextAsync(Path.Combine(_folder, "asked"))).Trim().ShouldBe($"hard {first.Config.Name} aaaaa 2 http://{first.Config.Name}");
        new AttemptPlace(first.Config.Name, 0, new Incarnation("aaaaa")).FateIn(cluster.Current).ShouldBe(AttemptFate.Lost);
        _services.History.Recent(10).ShouldContain(happened => happened.Kind == EventKinds.Fenced);
    }

    [Theory]
    [InlineData("exit 3", "failed with exit code 3", CoordinatorRole.Standby)]
    [InlineData("sleep 600", "did not end within 1 s and was killed", CoordinatorRole.Fenced)]
    [InlineData(null, "could not be run", CoordinatorRole.Standby)]
    public async Task One_that_fails_or_hangs_proves_nothing_and_one_that_hung_keeps_its_coordinator_out(string? body, string said, CoordinatorRole role)
    {
        await using var first = await new FakeCoordinator("aaaaa") { NodeId = "node-1" }.StartAsync();
        await using var second = await new FakeCoordinator("bbbbb") { NodeId = "node-2" }.StartAsync();
        ImmutableArray<string> command = body is null ? [Path.Combine(_folder, "missing")] : ["/bin/sh", Script(body)];
        await using (var cluster = Cluster(first, second, fence: new CommandConfig { Command = command, Timeout = TimeSpan.FromSeconds(1) }))
        {
            await cluster.StartAsync(CancellationToken.None);
            await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name && snapshot.Coordinators[first.Config.Name].Incarnation is not null);
            first.Silent = true;
            await Gateway.Until.TrueAsync(() => _services.History.Recent(20).Any(happened => happened.Kind == EventKinds.FenceFailed));
            _services.History.Recent(20).Last(happened => happened.Kind == EventKinds.FenceFailed).Sentence.ShouldContain(said);
            cluster.Current.Coordinators[first.Config.Name].ProofOf(new Incarnation("aaaaa")).Gone.ShouldNotBe(Gone.Proven);
            first.Silent = false;
            await UntilAsync(cluster, snapshot => snapshot.Coordinators[first.Config.Name].Role == role && snapshot.Coordinators[first.Config.Name].Liveness == Liveness.Answering);
        }
        // the store remembers it, and a new process is free of it
        await using var next = Cluster(first, second, fence: new CommandConfig { Command = command });
        await next.StartAsync(CancellationToken.None);
        await UntilAsync(next, snapshot => snapshot.OpenTo == second.Config.Name && snapshot.Coordinators[first.Config.Name].Role == role);
        await first.CrashAsync();
        await UntilAsync(next, snapshot => snapshot.Coordinators[first.Config.Name].Liveness == Liveness.Dead);
        await first.StartAsync("ccccc");
        await UntilAsync(next, snapshot => snapshot.Coordinators[first.Config.Name].Role == CoordinatorRole.Standby);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_died_together_with_Segue_has_its_tasks_ended_by_the_next_one_and_is_fenced_unless_a_new_process_is_there(bool comesBack)
    {
        await using var first = await new FakeCoordinator("aaaaa") { NodeId = "node-1" }.StartAsync();
        await using var second = await new FakeCoordinator("bbbbb") { NodeId = "node-2" }.StartAsync();
        await using var worker = await new FakeWorker().StartAsync();
        var services = _services with { Workers = () => [worker.Uri] };
        var fence = new CommandConfig { Command = ["/bin/sh", Script($"echo \"$1 $2 $3\" >> {_folder}/asked")] };
        await using (var cluster = Cluster(first, second, fence: fence, services: services))
        {
            await cluster.StartAsync(CancellationToken.None);
            await UntilAsync(cluster, snapshot => snapshot.OpenTo == first.Config.Name && snapshot.Coordinators[first.Config.Name].Incarnation is not null);
            await Gateway.Until.TrueAsync(async () => (await services.Store.ReadAsync("process/main", CancellationToken.None)).Value is not null);
        }
        await first.CrashAsync();
        if (comesBack)
            await first.StartAsync("ccccc");
        worker.Tasks["20260101_000000_00002_aaaaa.1.0.0"] = true;
        worker.Tasks["20260101_000000_00002_ccccc.1.0.0"] = true;
        first.Running["20260101_000000_00002_ccccc"] = TimeProvider.System.GetUtcNow().AddMinutes(-1);

        await using (var next = Cluster(first, second, fence: fence, services: services))
        {
            await next.StartAsync(CancellationToken.None);
            await UntilAsync(next, snapshot => snapshot.OpenTo == (comesBack ? first : second).Config.Name);
            await Gateway.Until.TrueAsync(() => worker.Tasks.Keys.SequenceEqual(["20260101_000000_00002_ccccc.1.0.0"]));
            if (!comesBack)
                await UntilAsync(next, IsProven);
        }
        var asked = Path.Combine(_folder, "asked");
        (File.Exists(asked) ? await File.ReadAllTextAsync(asked) : "").Trim().ShouldBe(comesBack ? "" : $"{first.Config.Name} aaaaa 2");
        first.Running.Count.ShouldBe(1, "the new process's own");
        // the proof is not forgotten with the next end of Segue
        await using var last = Cluster(first, second, fence: fence, services: services);
        await last.StartAsync(CancellationToken.None);
        await UntilAsync(last, snapshot => snapshot.OpenTo is not null && IsProven(snapshot) == !comesBack);

        bool IsProven(RoutingSnapshot snapshot) => snapshot.Coordinators[first.Config.Name].ProofOf(new Incarnation("aaaaa")).Gone == Gone.Proven;
    }

    private string Script(string body)
    {
        var path = Path.Combine(_folder, "fence");
        File.WriteAllText(path, body);
        return path;
    }

    private ClusterRuntime Cluster(FakeCoordinator first, FakeCoordinator second, bool shared = false, CommandConfig? fence = null, ClusterServices? services = null) => new(
        new ClusterConfig
        {
            Name = "main",
            Engine = EngineKind.Presto,
            Coordinators = [first.Config with { Virtual = shared }, second.Config with { Virtual = shared }],
            AllowUnauthenticated = true,
            Health = new HealthConfig
            {
                ProbeInterval = TimeSpan.FromMilliseconds(50),
                SuspectAfter = TimeSpan.FromSeconds(1),
                UnresponsiveAfter = TimeSpan.FromSeconds(3),
                MinGap = TimeSpan.Zero,
            },
            Fence = fence ?? new CommandConfig(),
        },
        services ?? _services);

    private static async Task<RoutingSnapshot> UntilAsync(ClusterRuntime cluster, Func<RoutingSnapshot, bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var snapshot = cluster.Current;
            if (condition(snapshot))
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
