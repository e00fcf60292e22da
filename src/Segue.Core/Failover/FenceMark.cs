using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Failover;

/// <summary>A fence command that was begun: until it is known to have ended it may still hit what it was begun for (R8.2).</summary>
/// <param name="Generation">The coordinator's generation that it was begun for.</param>
/// <param name="End">Null while it runs, and may still end as a proof.</param>
/// <param name="Elsewhere">The store tells of it: another member, or a process before, began it.</param>
public readonly record struct FenceMark(Incarnation Incarnation, int Generation, FenceEnd? End = null, bool Elsewhere = false)
{
    /// <summary>It may hit this process; a new one is free of it.</summary>
    public bool Concerns(HealthState health) =>
        End is null or FenceEnd.Unknown && health.Generation == Generation && (health.Incarnation is not { } now || now == Incarnation);
}

/// <summary>What the store tells of a fence command that was begun and has proven nothing so far.</summary>
/// <param name="End">Null while somebody may still see it.</param>
public readonly record struct BegunFence(string Coordinator, Incarnation Incarnation, FenceEnd? End);

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
