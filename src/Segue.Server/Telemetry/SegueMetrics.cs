using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Segue.Core.Model;

namespace Segue.Server.Telemetry;

/// <summary>Every instrument of Segue; docs/metrics.md lists them. Built on System.Diagnostics.Metrics so that OTLP and Prometheus read the same.</summary>
public sealed class SegueMetrics : IDisposable
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string MeterName = "Segue";

    // what Segue adds is counted in microseconds, what a failover takes in tenths of seconds, a hold in minutes
    private static readonly InstrumentAdvice<double> Short = Buckets(0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1);
    private static readonly InstrumentAdvice<double> Medium = Buckets(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30);
    private static readonly InstrumentAdvice<double> Long = Buckets(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300);

    private readonly Histogram<double> _probe;
    private readonly Histogram<double> _canary;
    private readonly Histogram<double> _failover;
    private readonly Histogram<double> _acks;
    private readonly Histogram<double> _hold;
    private readonly Histogram<double> _hook;
    private readonly Histogram<double> _added;
    private readonly Counter<long> _queries;
    private readonly Counter<long> _recoveries;
    private readonly Counter<long> _spools;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _discovery;
    private readonly Counter<long> _journal;
    private readonly ConcurrentDictionary<(string Cluster, string Outcome), long> _recovered = [];

    public SegueMetrics()
    {
        _probe = Meter.CreateHistogram("segue.probe.duration", "s", "Time of one probe of a coordinator.", null, Medium);
        _canary = Meter.CreateHistogram("segue.canary.duration", "s", "Time of one canary on a coordinator.", null, Medium);
        _failover = Meter.CreateHistogram("segue.failover.duration", "s", "Time of a failover by phase.", null, Medium);
        _acks = Meter.CreateHistogram("segue.acks.duration", "s", "Time from a confirmed proposal to the last ack.", null, Medium);
        _hold = Meter.CreateHistogram("segue.hold.duration", "s", "Time a statement was held.", null, Long);
        _hook = Meter.CreateHistogram("segue.hook.duration", "s", "Time of one run of an operator's command at a change of roles.", null, Long);
        _added = Meter.CreateHistogram("segue.added.duration", "s", "Time Segue added to a statement request.", null, Short);
        _queries = Meter.CreateCounter<long>("segue.queries", "{query}", "Finished queries by outcome.");
        _recoveries = Meter.CreateCounter<long>("segue.recoveries", "{recovery}", "Recoveries by outcome.");
        _spools = Meter.CreateCounter<long>("segue.spools", "{result}", "Results that were to be kept back in whole, by outcome.");
        _sent = Meter.CreateCounter<long>("segue.sent", "By", "Bytes sent to clients.");
        _journal = Meter.CreateCounter<long>("segue.journal.operations", "{operation}", "What became of running statements in the store.");
        _discovery = Meter.CreateCounter<long>("segue.discovery.requests", "{request}", "Discovery requests by kind and outcome.");
    }

    /// <summary>For what is observed rather than recorded, and for exporters of this process's own numbers.</summary>
    internal Meter Meter { get; } = new(MeterName, SegueVersion.Current);

    public void ProbeTook(string cluster, string coordinator, string evidence, TimeSpan took) =>
        _probe.Record(took.TotalSeconds, new("cluster", cluster), new("coordinator", coordinator), new("evidence", evidence));

    public void CanaryTook(string cluster, string coordinator, bool succeeded, TimeSpan took) =>
        _canary.Record(took.TotalSeconds, new("cluster", cluster), new("coordinator", coordinator), new("succeeded", succeeded ? "true" : "false"));

    /// <summary>Told once when it was decided, and again at the first answer.</summary>
    public void FailoverTook(string cluster, FailoverTiming timing)
    {
        if (timing.FirstAnswer is { } first)
        {
            Record("first_answer", first);
            return;
        }
        Record("detect", timing.Detect);
        Record("decide", timing.Decide);

        void Record(string phase, TimeSpan took) => _failover.Record(took.TotalSeconds, new("cluster", cluster), new("phase", phase));
    }

    public void AcksTook(string cluster, TimeSpan took) => _acks.Record(took.TotalSeconds, new KeyValuePair<string, object?>("cluster", cluster));

    public void HoldEnded(string cluster, string outcome, TimeSpan held) =>
        _hold.Record(held.TotalSeconds, new("cluster", cluster), new("outcome", outcome));

    /// <param name="outcome">succeeded, failed, timed_out or not_run.</param>
    public void HookEnded(string cluster, string hook, string outcome, TimeSpan took) =>
        _hook.Record(took.TotalSeconds, new("cluster", cluster), new("hook", hook), new("outcome", outcome));

    public void Added(string cluster, TimeSpan added) =>
        _added.Record(added.TotalSeconds, new KeyValuePair<string, object?>("cluster", cluster));

    /// <param name="outcome">finished, failed, canceled or lost.</param>
    public void QueryEnded(string cluster, string outcome) => _queries.Add(1, new("cluster", cluster), new("outcome", outcome));

    /// <param name="outcome">run_again, submitted_again, polled_on or refused.</param>
    public void Recovered(string cluster, string outcome)
    {
        _recoveries.Add(1, new("cluster", cluster), new("outcome", outcome));
        _recovered.AddOrUpdate((cluster, outcome), 1, static (_, before) => before + 1);
    }

    /// <summary>All recoveries of a cluster's queries since the start of this process, by outcome.</summary>
    public ImmutableSortedDictionary<string, long> RecoveriesOf(string cluster) => _recovered
        .Where(pair => pair.Key.Cluster == cluster)
        .ToImmutableSortedDictionary(static pair => pair.Key.Outcome, static pair => pair.Value, StringComparer.Ordinal);

    /// <param name="outcome">whole, too_long or no_room.</param>
    public void Spooled(string cluster, string outcome) => _spools.Add(1, new("cluster", cluster), new("outcome", outcome));

    public void Sent(string cluster, long bytes) => _sent.Add(bytes, new KeyValuePair<string, object?>("cluster", cluster));

    public void Discovery(string cluster, string kind, string outcome) =>
        _discovery.Add(1, new("cluster", cluster), new("kind", kind), new("outcome", outcome));

    /// <param name="outcome">written, removed, failed or left_out.</param>
    public void Journaled(string cluster, string outcome) => _journal.Add(1, new("cluster", cluster), new("outcome", outcome));

    public void Dispose() => Meter.Dispose();

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };
}
