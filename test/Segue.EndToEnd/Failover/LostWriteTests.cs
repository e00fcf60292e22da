using Segue.Core.Model;

namespace Segue.EndToEnd.Failover;

/// <summary>What must not run twice is run again once its coordinator is proven to be gone (R5, R6, R8.2).</summary>
public sealed class LostWriteTests : IDisposable
{
    private const string Create = "CREATE TABLE IF NOT EXISTS memory.default.t (x bigint)";

    private static readonly string[] SlowStart = ["--first-poll-delay", "2500"];

    private readonly string _folder = Directory.CreateTempSubdirectory("segue-fence-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_death_and_a_restart_that_were_seen_are_enough()
    {
        await using var cluster = await RehearsedCluster.StartAsync(EngineKind.Trino, SlowStart, "    recovery: { writes: { settle: 1s } }");
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var other = cluster.Other(active);
        var polled = await client.GetAsync((await client.PostAsync(Create)).NextUri.ShouldNotBeNull());
        var following = client.FollowAsync(polled);
        active.Process.Kill();
        await cluster.WaitForActiveAsync(other);
        (await other.RunsOfAsync(Create)).ShouldBeEmpty("nothing proves yet that the old process is gone");
        await active.RestartAsync();
        var last = (await following)[^1];
        last.State.ShouldBe("FINISHED", last.Json.ToString());
        (await other.RunsOfAsync(Create)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_frozen_coordinator_that_the_fence_command_kills_is_gone()
    {
        var script = Path.Combine(_folder, "fence");
        await using var cluster = await RehearsedCluster.StartAsync(EngineKind.Presto, SlowStart, $$"""
                fence: { command: [/bin/sh, {{script}}, {{_folder}}/pid] }
                health: { unresponsive_after: 3s }
                recovery: { writes: { settle: 1s } }
            """);
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var other = cluster.Other(active);
        await File.WriteAllTextAsync(Path.Combine(_folder, "pid"), $"{active.Process.Id}");
        await File.WriteAllTextAsync(script, "echo \"ending $2 $3 for epoch $4\"\nkill -9 \"$(cat \"$1\")\"\n");
        var polled = await client.GetAsync((await client.PostAsync(Create)).NextUri.ShouldNotBeNull());
        active.Process.Freeze();
        var last = (await client.FollowAsync(polled))[^1];
        last.State.ShouldBe("FINISHED", last.Json.ToString());
        (await other.RunsOfAsync(Create)).Count.ShouldBe(1);
        await active.Process.WaitForExitAsync(RehearsedCluster.Patience);
        await cluster.Segue.WaitForOutputAsync($"ending {active.Name}", RehearsedCluster.Patience);
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_coordinator_that_was_killed_together_with_Segue_is_gone_when_the_fence_command_says_so(EngineKind engine)
    {
        var script = Path.Combine(_folder, "fence");
        await using var cluster = await RehearsedCluster.StartAsync(engine, SlowStart, $$"""
                fence: { command: [/bin/sh, {{script}}, {{_folder}}/pid] }
                recovery: { writes: { settle: 1s } }
            """);
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var other = cluster.Other(active);
        await File.WriteAllTextAsync(Path.Combine(_folder, "pid"), $"{active.Process.Id}");
        await File.WriteAllTextAsync(script, "echo \"looking for $2 $3 for epoch $4\"\n! kill -0 \"$(cat \"$1\")\"\n");
        var page = await client.GetAsync((await client.PostAsync(Create)).NextUri.ShouldNotBeNull());
        await cluster.WaitForJournalAsync();
        await cluster.RestartSegueAsync(async () =>
        {
            active.Process.Kill();
            await active.Process.WaitForExitAsync(RehearsedCluster.Patience);
        });

        var last = (await client.FollowPatientlyAsync(page, RehearsedCluster.Patience))[^1];
        last.State.ShouldBe("FINISHED", last.Json.ToString());
        (await other.RunsOfAsync(Create)).Count.ShouldBe(1);
        await cluster.Segue.WaitForOutputAsync($"looking for {active.Name}", RehearsedCluster.Patience);
        // what its run left on the worker, which would stay for minutes
        await cluster.Segue.WaitForOutputAsync($"tasks of {active.Name}", RehearsedCluster.Patience);
    }
}
