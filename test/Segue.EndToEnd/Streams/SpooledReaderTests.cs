using Segue.Core.Model;
using Segue.EndToEnd.Failover;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Streams;

/// <summary>With <c>holdback: all</c> a slow client holds no query on its coordinator, and its result no memory (I10).</summary>
public sealed class SpooledReaderTests
{
    /// <summary>12,000 rows of 18 KB: 216 MB.</summary>
    private const string Huge = "SELECT orderkey, linenumber, hex(zeroblob(9000)) FROM tpch.tiny.lineitem LIMIT 12000";

    private const long MostGrown = 64 << 20;

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public async Task The_coordinator_is_done_with_the_result_before_its_slow_client_has_a_tenth_of_it(EngineKind engine)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, settings: "    recovery: { holdback: all }");
        await cluster.RowsAsync("SELECT * FROM tpch.tiny.orders"); // the JIT, the pools and the heap come to rest
        var (before, most) = (cluster.Segue.Resident, 0L);
        var active = await cluster.ActiveAsync();
        using var client = cluster.Client();
        await using var reader = await SlowReader.StartAsync(client, cluster.Dialect.Header("User"), Huge, TimeSpan.FromMilliseconds(32));
        await Until.TrueAsync(
            async () =>
            {
                most = Math.Max(most, cluster.Segue.Resident);
                return await active.StateOfAsync(Huge) == "FINISHED" && reader.Read > 1 << 20;
            },
            RehearsedCluster.Patience,
            () => $"a finished query; its client has {reader.Read} bytes");

        reader.MustStillRead();
        reader.Read.ShouldBeLessThan(216_000_000 / 10);
        (most - before).ShouldBeLessThan(MostGrown);
    }
}
