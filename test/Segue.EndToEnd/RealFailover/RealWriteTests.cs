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
        var deaths = new List<WriteDeath>();
        foreach (var kind in LakeStory.Kinds)
            deaths.Add(await story.KillAsync(kind));
        foreach (var death in deaths)
            output.WriteLine(death.ToString());
        deaths.ShouldAllBe(death => death.IsRight);
        // each coordinator came back under its own node id: there was a proof for every one
        deaths.ShouldAllBe(death => death.Told == "success");
    }
}
