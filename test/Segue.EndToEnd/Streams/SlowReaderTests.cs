using Segue.Core.Model;
using Xunit.Abstractions;

namespace Segue.EndToEnd.Streams;

/// <summary>A slow client holds back only itself (I10). `Segue.Bench slow-reader` prints the same for longer.</summary>
public sealed class SlowReaderTests(ITestOutputHelper output)
{
    private const long MostGrown = 32 << 20;
    private const double LeastRatio = 0.3;

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task A_slow_reader_of_a_gigabyte_costs_little_memory_and_slows_nobody(EngineKind engine)
    {
        var seen = await SlowStory.PlayAsync(engine, TimeSpan.FromSeconds(5));
        output.WriteLine($"{seen}, ratio {seen.Ratio:0.00}");
        seen.SlowBytes.ShouldBeGreaterThan(0);
        seen.Grown.ShouldBeLessThan(MostGrown);
        // what is noise on a busy machine is far from this
        seen.Ratio.ShouldBeGreaterThan(LeastRatio);
    }
}
