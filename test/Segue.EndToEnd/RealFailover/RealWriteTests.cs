using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Load;
using Segue.Server.Tests.Store.Servers;
using Xunit.Abstractions;

namespace Segue.EndToEnd.RealFailover;

/// <summary>Writes whose coordinator is killed, on real Trino and Iceberg; <c>bench/</c> does it a hundred times.</summary>
[Collection(RealEngines.Name)]
public sealed class RealWriteTests(ITestOutputHelper output)
{
    /// <summary>In the database's pause its coordinator is killed too: each kind meets one death.</summary>
    private static readonly (string Kind, Harm Harm)[] Deaths =
        [("CTAS", Harm.Kill), ("INSERT", Harm.Kill), ("DELETE", Harm.Pause), ("UPDATE", Harm.Kill), ("MERGE", Harm.Kill)];

    [SkippableFact]
    public async Task A_write_of_each_kind_whose_coordinator_dies_or_freezes_or_whose_Segue_dies_takes_effect_once_and_its_client_is_told_so()
    {
        RealEngines.Require();
        Skip.If(Postgres.Programs is null, "no PostgreSQL for the catalog");
        await using var story = await LakeStory.StartAsync(seed: 1, LakeStory.Kinds);
        var writes = new List<HarmedWrite>();
        foreach (var (kind, harm) in ((string, Harm)[])[.. Deaths, ("INSERT", Harm.Freeze), ("UPDATE", Harm.Segue)])
            writes.Add(await story.HarmAsync(kind, harm));
        foreach (var write in writes)
            output.WriteLine(write.ToString());
        writes.ShouldAllBe(write => write.IsRight);
        (await story.LookAgainAsync()).ShouldBeEmpty();
        // each coordinator came back under its own node id: there was a proof for every one
        writes.Where(static write => write.Harm == Harm.Kill).ShouldAllBe(write => write.Told == HarmedWrite.Success);
    }

    [SkippableFact]
    public async Task A_write_whose_coordinator_and_Segue_die_ends_in_its_success_where_a_fence_command_proves_the_end()
    {
        RealEngines.Require();
        Skip.If(Postgres.Programs is null, "no PostgreSQL for the catalog");
        await using var story = await LakeStory.StartAsync(seed: 2, ["INSERT", "CTAS"], fenced: true);
        var writes = new List<HarmedWrite>();
        foreach (var kind in (string[])["INSERT", "CTAS", "INSERT"])
            writes.Add(await story.HarmAsync(kind, Harm.KillAndSegue));
        foreach (var write in writes)
            output.WriteLine(write.ToString());
        writes.ShouldAllBe(write => write.IsRight);
        (await story.LookAgainAsync()).ShouldBeEmpty();
        // a POST that the kill broke is not repeated by any client
        writes.ShouldAllBe(static write => write.Told == HarmedWrite.Success || write.Told == HarmedWrite.NoAnswer);
    }
}
