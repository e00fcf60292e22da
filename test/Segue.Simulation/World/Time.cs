namespace Segue.Simulation.World;

/// <summary>Global time is counted in ticks of 100 ns.</summary>
internal static class Time
{
    public const long Millisecond = TimeSpan.TicksPerMillisecond;

    public const long Second = TimeSpan.TicksPerSecond;

    public static TimeSpan Milliseconds(long count) => TimeSpan.FromTicks(count * Millisecond);
}
