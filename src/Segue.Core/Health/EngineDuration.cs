using System.Globalization;

namespace Segue.Core.Health;

/// <summary>The engines' way to write a span: a decimal number and one of ns, us, ms, s, m, h, d.</summary>
public static class EngineDuration
{
    /// <returns>Null where the text is not of that form.</returns>
    public static TimeSpan? Parse(string? text)
    {
        if (text is null)
            return null;
        var unit = text.AsSpan().TrimStart("0123456789.");
        if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return null;
        double? seconds = unit switch
        {
            "ns" => number / 1e9,
            "us" => number / 1e6,
            "ms" => number / 1e3,
            "s" => number,
            "m" => number * 60,
            "h" => number * 3600,
            "d" => number * 86400,
            _ => null,
        };
        return seconds is { } known && known < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(known) : null;
    }
}
