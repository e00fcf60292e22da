using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Load;
using Segue.Server.Tests.Store.Servers;
using Xunit.Abstractions;

namespace Segue.EndToEnd.RealFailover;

/// <summary>Writes whose coordinator is killed, on real Trino and Iceberg; <c>bench/</c> does it a hundred times.</summary>
[Collection(RealEngines.Name)]
public sealed class RealWriteTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task A_write_of_each_kind_whose_coordinator_is_killed_takes_effect_once_and_its_client_is_told_so()
    {
        RealEngines.Require();
        Skip.If(Postgres.Programs is null, "no PostgreSQL for the catalog");
        await using var story = await LakeStory.StartAsync(seed: 1, LakeStory.Kinds);
        var killed = new List<HarmedWrite>();
        foreach (var kind in LakeStory.Kinds)
            killed.Add(await story.HarmAsync(kind, Harm.Kill));
        var others = new List<HarmedWrite>();
        foreach (var (kind, harm) in ((string, Harm)[])[("INSERT", Harm.Freeze), ("UPDATE", Harm.Pause), ("DELETE", Harm.Segue)])
            others.Add(await story.HarmAsync(kind, harm));
        foreach (var write in killed.Concat(others))
            output.WriteLine(write.ToString());
        killed.Concat(others).ShouldAllBe(write => write.IsRight);
        (await story.LookAgainAsync()).ShouldBeEmpty();
        // each coordinator came back under its own node id: there was a proof for every one
        killed.ShouldAllBe(write => write.Told == HarmedWrite.Success);
    }
}
