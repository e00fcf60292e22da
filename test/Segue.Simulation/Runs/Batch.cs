using System.Collections.Concurrent;
using System.Globalization;
using Segue.Simulation.Bugs;

namespace Segue.Simulation.Runs;

/// <summary>Many seeds, on all processors.</summary>
/// <param name="Hash">Of all hashes together, in whichever order the seeds ran.</param>
internal sealed record Batch(long Seeds, TimeSpan Took, long Events, long Sends, long Switches, double VirtualSeconds, ulong Hash, IReadOnlyList<SimResult> Failures)
{
    public static Batch Run(ulong from, ulong count, Func<ulong, SimOptions> options, Bug bug, int threads, bool stopAtFirst)
    {
        var failures = new ConcurrentBag<SimResult>();
        var began = TimeProvider.System.GetTimestamp();
        long done = 0, events = 0, sends = 0, switches = 0, ticks = 0, hash = 0;
        // one after the other, so that the first that fails is among the lowest
        var seeds = Partitioner.Create(Numbers(from, count), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(seeds, new ParallelOptions { MaxDegreeOfParallelism = threads }, (seed, loop) =>
        {
            var drawn = Caught.Focus(bug, options(seed));
            var result = Simulation.Run(drawn, bug);
            Interlocked.Increment(ref done);
            Interlocked.Add(ref events, result.Events);
            Interlocked.Add(ref sends, result.Sends);
            Interlocked.Add(ref switches, result.Switches);
            Interlocked.Add(ref ticks, result.Virtual);
            Interlocked.Add(ref hash, unchecked((long)(result.Hash * ((2 * seed) + 1))));
            // a mistake is caught where the same seed breaks nothing without it
            if (!result.Failed || (bug != Bug.None && (!Caught.By(bug).Contains(result.Rule!) || Simulation.Run(drawn).Failed)))
                return;
            failures.Add(result);
            if (stopAtFirst || failures.Count > 100)
                loop.Stop();
        });
        return new Batch(
            done, TimeProvider.System.GetElapsedTime(began), events, sends, switches, ticks / 1e7, (ulong)hash, [.. failures.OrderBy(static one => one.Options.Seed)]);
    }

    private static IEnumerable<ulong> Numbers(ulong from, ulong count)
    {
        for (var seed = from; seed < from + count; seed++)
            yield return seed;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Seeds} seeds in {Took.TotalSeconds:0.0} s: {Seeds / Took.TotalSeconds:0} a second, {Events / Took.TotalSeconds / 1e6:0.00} million events a second, {VirtualSeconds / Took.TotalSeconds:0} times real time; {Sends} sends, {Switches} switches; {Failures.Count} broken; hash {Hash:x16}")
        + string.Concat(Failures.Take(20).Select(static one => $"\n  seed {one.Options.Seed}: {one.What.Split('\n')[0]}"));
}
