using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Load;
using Segue.Server.Tests.Store.Servers;
using Xunit.Abstractions;

namespace Segue.EndToEnd.RealFailover;

/// <summary>One Trino with its lake for all cases: to start it takes as long as to harm a write or two.</summary>
public sealed class SharedLake : IAsyncLifetime
{
    private LakeStory? _story;

    internal LakeStory Story
    {
        get
        {
            RealEngines.Require();
            Skip.If(Postgres.Programs is null, "no PostgreSQL for the catalog");
            return _story!;
        }
    }

    public async Task InitializeAsync()
    {
        if (RealEngine.Script is not null && Postgres.Programs is not null)
            _story = await LakeStory.StartAsync(seed: 1, LakeStory.Kinds);
    }

    public async Task DisposeAsync()
    {
        if (_story is not null)
            await _story.DisposeAsync();
    }
}

/// <summary>Writes whose coordinator is killed, on real Trino and Iceberg; <c>bench/</c> does it a hundred times.</summary>
[Collection(RealEngines.Name)]
public sealed class RealWriteTests(SharedLake lake, ITestOutputHelper output) : IClassFixture<SharedLake>
{
    /// <remarks>In the database's pause its coordinator is killed too: each kind meets one death.</remarks>
    [SkippableTheory]
    [InlineData("CTAS", Harm.Kill)]
    [InlineData("INSERT", Harm.Kill)]
    [InlineData("DELETE", Harm.Pause)]
    [InlineData("UPDATE", Harm.Kill)]
    [InlineData("MERGE", Harm.Kill)]
    [InlineData("INSERT", Harm.Freeze)]
    [InlineData("UPDATE", Harm.Segue)]
    public async Task A_write_whose_coordinator_dies_or_freezes_or_whose_Segue_dies_takes_effect_once_and_its_client_is_told_so(string kind, Harm harm)
    {
        var write = await lake.Story.HarmAsync(kind, harm);
        output.WriteLine(write.ToString());
        write.IsRight.ShouldBeTrue(write.ToString());
        // the ones before it, too: what landed late shows here
        (await lake.Story.LookAgainAsync()).ShouldBeEmpty();
        // each coordinator came back under its own node id: there was a proof for every one
        if (harm == Harm.Kill)
            write.Told.ShouldBe(HarmedWrite.Success);
    }
}
