using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Failover;

/// <summary>A fence command that was begun and is not known to have ended: until then it may still hit what it was begun for (R8.2).</summary>
/// <param name="Generation">The coordinator's generation that it was begun for.</param>
/// <param name="Runs">It runs, and may still end as a proof; else its end will never be known.</param>
public readonly record struct FenceMark(Incarnation Incarnation, int Generation, bool Runs)
{
    /// <summary>It concerns this process; a new one is free of it.</summary>
    public bool Concerns(HealthState health) =>
        health.Generation == Generation && (health.Incarnation is not { } now || now == Incarnation);
}

/// <summary>How a fence command ended.</summary>
public enum FenceEnd
{
    /// <summary>Exit code 0: the incarnation has ended (R5).</summary>
    Succeeded,

    /// <summary>It said that it did not do it, or it was not run at all.</summary>
    Failed,

    /// <summary>It did not end in time, or nobody was there to see it.</summary>
    Unknown,
}
