using System.Globalization;
using System.Text;

namespace Segue.Server.Telemetry;

/// <summary>The numbers behind one set of labels; recorded from any thread while it is read.</summary>
internal abstract class Series
{
    public abstract void Record(double value);

    public abstract void Write(StringBuilder text, string name, string labels);

    protected static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(CultureInfo.InvariantCulture, $" {value:R}\n");
    }
}

internal sealed class SumSeries : Series
{
    private readonly Lock _lock = new();
    private double _sum;

    public override void Record(double value)
    {
        lock (_lock)
            _sum += value;
    }

    public override void Write(StringBuilder text, string name, string labels)
    {
        lock (_lock)
            Line(text, name, labels, _sum);
    }
}

internal sealed class LastSeries : Series
{
    private double _last;

    public override void Record(double value) => Volatile.Write(ref _last, value);

    public override void Write(StringBuilder text, string name, string labels) => Line(text, name, labels, Volatile.Read(ref _last));
}

internal sealed class HistogramSeries(double[] bounds) : Series
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public override void Record(double value)
    {
        // a bound is inclusive: le means less or equal
        var found = Array.BinarySearch(bounds, value);
        lock (_lock)
        {
            _counts[found >= 0 ? found : ~found]++;
            _sum += value;
        }
    }

    public override void Write(StringBuilder text, string name, string labels)
    {
        var prefix = labels.Length > 0 ? labels + "," : "";
        lock (_lock)
        {
            long below = 0;
            for (var i = 0; i < _counts.Length; i++)
            {
                below += _counts[i];
                var le = i < bounds.Length ? bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                Line(text, name + "_bucket", $"{prefix}le=\"{le}\"", below);
            }

            Line(text, name + "_sum", labels, _sum);
            Line(text, name + "_count", labels, below);
        }
    }
}
