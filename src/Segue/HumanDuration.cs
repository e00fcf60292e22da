using System.Globalization;

namespace Segue;

/// <summary>Durations as a person says them: two units at most.</summary>
internal static class HumanDuration
{
    public static string Of(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "0 ms", // clocks of two machines
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        { TotalMinutes: < 1 } => $"{span.Seconds} s",
        { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{span.Days} d {span.Hours} h",
    };

    public static string Of(double seconds) => Of(TimeSpan.FromSeconds(seconds));
}
