using System.Diagnostics.Metrics;

namespace Segue.Server.Telemetry;

/// <summary>Every instrument of Segue; docs/metrics.md lists them. Built on System.Diagnostics.Metrics so that OTLP and Prometheus read the same.</summary>
public sealed class SegueMetrics : IDisposable
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string MeterName = "Segue";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _probe;
    private readonly Histogram<double> _canary;
    private readonly Histogram<double> _failover;
    private readonly Histogram<double> _hold;
    private readonly Histogram<double> _added;
    private readonly Counter<long> _queries;
    private readonly Counter<long> _recoveries;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _discovery;

    public SegueMetrics()
    {
        _probe = _meter.CreateHistogram<double>("segue.probe.duration", "s", "Time of one probe of a coordinator.");
        _canary = _meter.CreateHistogram<double>("segue.canary.duration", "s", "Time of one canary on a coordinator.");
        _failover = _meter.CreateHistogram<double>("segue.failover.duration", "s", "Time of a failover by phase.");
        _hold = _meter.CreateHistogram<double>("segue.hold.duration", "s", "Time a statement was held.");
        _added = _meter.CreateHistogram<double>("segue.added.duration", "s", "Time Segue added to a statement request.");
        _queries = _meter.CreateCounter<long>("segue.queries", "{query}", "Finished queries by outcome.");
        _recoveries = _meter.CreateCounter<long>("segue.recoveries", "{recovery}", "Recoveries by outcome.");
        _bytes = _meter.CreateCounter<long>("segue.bytes", "By", "Bytes sent to clients.");
        _discovery = _meter.CreateCounter<long>("segue.discovery.requests", "{request}", "Discovery requests by kind and outcome.");
    }

    public void ProbeTook(string cluster, string coordinator, string evidence, TimeSpan took) =>
        _probe.Record(took.TotalSeconds, new("cluster", cluster), new("coordinator", coordinator), new("evidence", evidence));

    public void CanaryTook(string cluster, string coordinator, bool succeeded, TimeSpan took) =>
        _canary.Record(took.TotalSeconds, new("cluster", cluster), new("coordinator", coordinator), new("succeeded", succeeded ? "true" : "false"));

    /// <param name="phase">detect, decide or first_answer.</param>
    public void FailoverPhase(string cluster, string phase, TimeSpan took) =>
        _failover.Record(took.TotalSeconds, new("cluster", cluster), new("phase", phase));

    public void HoldEnded(string cluster, string outcome, TimeSpan held) =>
        _hold.Record(held.TotalSeconds, new("cluster", cluster), new("outcome", outcome));

    public void Added(string cluster, TimeSpan added) =>
        _added.Record(added.TotalSeconds, new KeyValuePair<string, object?>("cluster", cluster));

    /// <param name="outcome">finished, failed, canceled or lost.</param>
    public void QueryEnded(string cluster, string outcome) => _queries.Add(1, new("cluster", cluster), new("outcome", outcome));

    public void Recovered(string cluster, string outcome) => _recoveries.Add(1, new("cluster", cluster), new("outcome", outcome));

    public void Sent(string cluster, long bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("cluster", cluster));

    public void Discovery(string cluster, string kind, string outcome) =>
        _discovery.Add(1, new("cluster", cluster), new("kind", kind), new("outcome", outcome));

    public void Dispose() => _meter.Dispose();
}
