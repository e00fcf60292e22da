using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Server.Telemetry;

namespace Segue.Server.Probing;

/// <summary>Asks one coordinator again and again; waits for no other coordinator.</summary>
/// <param name="seen">Told each fact, with the number of the probe that it ends, if any.</param>
internal sealed class Prober(
    InfoProbe probe, string cluster, string name, HealthConfig config, TimeProvider time, SegueMetrics metrics, Action<Observation, long?> seen)
{
    /// <summary>A process that was killed accepts and resets connections for a moment before its address refuses (protocol.md §5).</summary>
    private const int DyingProbes = 25;

    private static readonly TimeSpan DyingPause = TimeSpan.FromMilliseconds(20);

    private readonly Alarm _alarm = new(time);
    private long _begun;

    public void Now() => _alarm.Ring();

    /// <summary>The number of the first probe that begins after this call; it begins as soon as the one under way has ended.</summary>
    public long Next()
    {
        var next = Interlocked.Read(ref _begun) + 1;
        Now();
        return next;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        var resets = 0;
        while (true)
        {
            var number = Interlocked.Increment(ref _begun);
            var started = time.GetTimestamp();
            seen(new Observation.ProbeSent(), null);
            var result = await probe.AskAsync(config.ProbeTimeout, time, stop);
            seen(result, number);
            var took = time.GetElapsedTime(started);
            var evidence = result is Observation.ProbeFailed failed ? failed.Kind : Evidence.Healthy;
            metrics.ProbeTook(cluster, name, evidence.ToString(), took);
            resets = evidence == Evidence.Reset ? resets + 1 : 0;
            await _alarm.WaitAsync(resets is > 0 and <= DyingProbes ? DyingPause : Max(config.ProbeInterval - took, TimeSpan.Zero), stop);
        }
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
