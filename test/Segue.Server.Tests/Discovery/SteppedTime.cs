namespace Segue.Server.Tests.Discovery;

/// <summary>The system's clock, with leaps that the test makes; timers run on real time.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private long _leapt;

    public void Leap(TimeSpan span) => Interlocked.Add(ref _leapt, (long)(span.TotalSeconds * TimestampFrequency));

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + GetElapsedTime(0, Interlocked.Read(ref _leapt));

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _leapt);
}
