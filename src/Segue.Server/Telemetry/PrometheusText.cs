using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace Segue.Server.Telemetry;

/// <summary>
/// One process's instruments in Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/):
/// metrics ordered by name, series by labels, so that two scrapes differ only in numbers.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentBag<MetricFamily> _families = [];
    private readonly Lock _scrape = new();

    /// <summary>Listens to these instruments alone, those created later too.</summary>
    public PrometheusText(SegueMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter, metrics.Meter))
                return;
            var family = MetricFamily.Of(instrument);
            _families.Add(family);
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    public string Render()
    {
        lock (_scrape)
        {
            foreach (var family in _families)
                family.BeginScrape();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var family in _families.OrderBy(f => f.Name, StringComparer.Ordinal))
                family.Write(text);
            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();
}
