using System.Globalization;

namespace Segue.Core.Configuration;

/// <summary>Durations and sizes as people write them: a whole number and its unit, never a bare number.</summary>
public static class ConfigUnits
{
    private static readonly (string Unit, long Factor)[] Times =
        [("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond)];

    private static readonly (string Unit, long Factor)[] Sizes = [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    public static string Show(TimeSpan duration) => Show(duration.Ticks, Times);

    public static string ShowSize(long bytes) => Show(bytes, Sizes);

    /// <returns>What is wrong, or null.</returns>
    internal static string? ParseDuration(string text, out TimeSpan duration)
    {
        var problem = Parse(text, Times, out var ticks);
        duration = new TimeSpan(ticks);
        return problem;
    }

    /// <inheritdoc cref="ParseDuration"/>
    internal static string? ParseSize(string text, out long bytes) => Parse(text, Sizes, out bytes);

    private static string? Parse(string text, (string Unit, long Factor)[] units, out long value)
    {
        value = 0;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits < 0 && text.Length > 0)
            return $"lacks its unit ({Names(units)})";
        if (digits <= 0)
            return "is not a whole number with a unit";
        var unit = text[digits..].TrimStart();
        foreach (var (name, factor) in units)
        {
            if (name != unit)
                continue;
            if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > long.MaxValue / factor)
                return "is too large";
            value = count * factor;
            return null;
        }
        return $"has the unknown unit '{unit}' (units are {Names(units)})";
    }

    private static string Show(long value, (string Unit, long Factor)[] units)
    {
        foreach (var (unit, factor) in units)
        {
            if (value != 0 && value % factor == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{value / factor}{unit}");
        }
        return string.Create(CultureInfo.InvariantCulture, $"{value / units[^1].Factor}{units[^1].Unit}");
    }

    private static string Names((string Unit, long Factor)[] units) => string.Join(", ", units.Reverse().Select(static unit => unit.Unit));
}
