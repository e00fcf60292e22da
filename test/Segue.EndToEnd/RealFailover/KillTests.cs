using Segue.Core.Model;
using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Load;
using Xunit.Abstractions;

namespace Segue.EndToEnd.RealFailover;

/// <summary>Real coordinators die under ten readers; <c>bench/</c> prints the times of twenty deaths.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    [SkippableTheory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task Ten_clients_of_short_reads_see_no_error_and_no_wrong_row_when_coordinators_are_killed(EngineKind engine)
    {
        RealEngines.Require();
        await using var story = await KillStory.StartAsync(engine);
        await story.KillAsync();
        await story.KillAsync();
        await story.KillBothAsync();
        foreach (var death in story.Deaths)
            output.WriteLine($"{engine}: {death}");
        story.Load.Problems.ShouldBeEmpty();
    }
}
