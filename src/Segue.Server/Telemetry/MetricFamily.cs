using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Segue.Server.Telemetry;

/// <summary>One metric of the text format: its header and its series.</summary>
internal sealed class MetricFamily
{
    private readonly string _type;
    private readonly string _help;
    private readonly Func<Series> _create;
    private readonly bool _observed;
    private readonly ConcurrentDictionary<SeriesKey, Series> _series = new();

    private MetricFamily(Instrument instrument, string type, string suffix, Func<Series> create)
    {
        Name = NameOf(instrument) + suffix;
        _type = type;
        _help = instrument.Description!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        _create = create;
        _observed = instrument.IsObservable;
    }

    public string Name { get; }

    /// <summary>Throws for an instrument that this format has no rule for yet.</summary>
    public static MetricFamily Of(Instrument instrument) => instrument switch
    {
        Counter<long> => new(instrument, "counter", "_total", static () => new SumSeries()),
        ObservableGauge<long> or ObservableGauge<double> => new(instrument, "gauge", "", static () => new LastSeries()),
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } =>
            new(instrument, "histogram", "", () => new HistogramSeries([.. bounds])),
        _ => throw new NotSupportedException($"{instrument.Name}: a {instrument.GetType().Name} has no place in the text format"),
    };

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _series.GetOrAdd(SeriesKey.Of(tags), static (_, create) => create(), _create).Record(value);

    /// <summary>What is observed is observed anew: a series that is not reported any more ends.</summary>
    public void BeginScrape()
    {
        if (_observed)
            _series.Clear();
    }

    public void Write(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {_help}\n# TYPE {Name} {_type}\n");
        foreach (var (labels, series) in _series.Select(s => (Labels: s.Key.ToString(), s.Value)).OrderBy(s => s.Labels, StringComparer.Ordinal))
            series.Write(text, Name, labels);
    }

    /// <summary>Base units at the end, as Prometheus names things: <c>segue.hold.duration</c> in s is <c>segue_hold_duration_seconds</c>.</summary>
    private static string NameOf(Instrument instrument) => instrument.Name.Replace('.', '_') + instrument.Unit switch
    {
        "s" => "_seconds",
        "By" => "_bytes",
        null or ['{', ..] => "",
        var unit => throw new NotSupportedException($"{instrument.Name}: no name for the unit {unit}"),
    };
}
