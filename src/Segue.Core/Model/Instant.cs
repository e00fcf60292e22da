namespace Segue.Core.Model;

/// <summary>A point on this process's monotonic clock; the shell alone reads it, Core gets it as an argument.</summary>
/// <param name="SinceStart">Time since the process's clock began.</param>
public readonly record struct Instant(TimeSpan SinceStart) : IComparable<Instant>
{
    public static TimeSpan operator -(Instant later, Instant earlier) => later.SinceStart - earlier.SinceStart;

    public static Instant operator +(Instant instant, TimeSpan span) => new(instant.SinceStart + span);

    public static Instant operator -(Instant instant, TimeSpan span) => new(instant.SinceStart - span);

    public static bool operator <(Instant left, Instant right) => left.SinceStart < right.SinceStart;

    public static bool operator >(Instant left, Instant right) => left.SinceStart > right.SinceStart;

    public static bool operator <=(Instant left, Instant right) => left.SinceStart <= right.SinceStart;

    public static bool operator >=(Instant left, Instant right) => left.SinceStart >= right.SinceStart;

    /// <inheritdoc/>
    public int CompareTo(Instant other) => SinceStart.CompareTo(other.SinceStart);
}
