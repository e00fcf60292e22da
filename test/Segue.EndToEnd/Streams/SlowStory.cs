using Segue.Core.Model;
using Segue.EndToEnd.Failover;

namespace Segue.EndToEnd.Streams;

/// <summary>What a slow reader of a result of more than 1 GB costs Segue and the other clients.</summary>
/// <param name="SlowBytes">What the slow one took.</param>
/// <param name="Grown">By how much Segue's resident memory grew over what it held under the others' load alone, in bytes.</param>
/// <param name="AloneRate">Bytes of rows that the others got in a second while they were alone.</param>
/// <param name="BesideRate">The same beside the slow one.</param>
internal sealed record SlowOutcome(long SlowBytes, long Grown, double AloneRate, double BesideRate)
{
    public double Ratio => BesideRate / AloneRate;
}

/// <summary>Four clients at full speed, alone, then beside one that reads slowly, then alone again.</summary>
internal static class SlowStory
{
    /// <summary>60,000 rows of 18 KB: 1.08 GB.</summary>
    private const string Huge = "SELECT orderkey, linenumber, hex(zeroblob(9000)) FROM tpch.tiny.lineitem";
    private const string Plain = "SELECT * FROM tpch.tiny.orders";
    private const int Others = 4;

    /// <summary>64 KiB each: 2 MB/s.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(32);

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public static async Task<SlowOutcome> PlayAsync(EngineKind engine, TimeSpan slow)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine);
        using var stop = new CancellationTokenSource();
        var taken = new long[Others];
        var others = Enumerable.Range(0, Others).Select(number => ReadAsync(cluster, taken, number, stop.Token)).ToList();
        await WatchAsync(cluster, taken, slow / 2); // the JIT, the pools and the heap come to rest
        var before = await WatchAsync(cluster, taken, slow / 2);
        using var client = cluster.Client();
        long read;
        (long Resident, double Rate) beside;
        await using (var reader = await SlowReader.StartAsync(client, cluster.Dialect.Header("User"), Huge, Pause))
        {
            beside = await WatchAsync(cluster, taken, slow);
            reader.MustStillRead();
            read = reader.Read;
        }
        var after = await WatchAsync(cluster, taken, slow / 2);
        stop.Cancel();
        await Task.WhenAll(others);
        return new(read, beside.Resident - Math.Max(before.Resident, after.Resident), (before.Rate + after.Rate) / 2, beside.Rate);
    }

    /// <summary>The most that Segue held, and the rate of the others.</summary>
    private static async Task<(long Resident, double Rate)> WatchAsync(RehearsedCluster cluster, long[] taken, TimeSpan time)
    {
        var clock = TimeProvider.System;
        var (began, had, most) = (clock.GetTimestamp(), taken.Sum(), 0L);
        using var glance = new PeriodicTimer(Glance, clock);
        while (clock.GetElapsedTime(began) < time && await glance.WaitForNextTickAsync())
            most = Math.Max(most, cluster.Segue.Resident);
        return (most, (taken.Sum() - had) / clock.GetElapsedTime(began).TotalSeconds);
    }

    private static async Task ReadAsync(RehearsedCluster cluster, long[] taken, int number, CancellationToken stop)
    {
        using var client = cluster.Client();
        while (!stop.IsCancellationRequested)
        {
            var page = await client.PostAsync(Plain);
            for (var rows = 0; ; rows += page.Rows.Count())
            {
                Interlocked.Add(ref taken[number], page.Body.Length);
                if (page.NextUri is not { } next)
                {
                    rows.ShouldBe(15_000);
                    break;
                }
                page = await client.GetAsync(next);
            }
        }
    }
}
