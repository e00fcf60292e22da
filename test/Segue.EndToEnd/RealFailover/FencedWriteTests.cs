using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Load;
using Segue.Server.Tests.Store.Servers;
using Xunit.Abstractions;

namespace Segue.EndToEnd.RealFailover;

/// <summary>A proof of a coordinator's end that does not wait for its return, on real Trino and Iceberg.</summary>
[Collection(RealEngines.Name)]
public sealed class FencedWriteTests(ITestOutputHelper output)
{
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
