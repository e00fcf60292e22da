using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Failover;

/// <summary>Switches because of slowness happen at most once per gap, which doubles while they go on (R2.2).</summary>
/// <param name="Last">The last such switch.</param>
/// <param name="Gap">The least time to the next one.</param>
public readonly record struct SlownessGap(Instant? Last, TimeSpan Gap)
{
    /// <summary>The host takes connections and the process does not answer: a pause or an overload, not an end.</summary>
    public static bool IsSlowness(HealthState lost) =>
        lost is { Condition: Condition.Lost, Dead: false } && lost.Evidence is not (Evidence.Unreachable or Evidence.Refused or Evidence.NameError);

    public bool Allows(Instant now) => Last is not { } last || now - last >= Gap;

    public SlownessGap Switched(Instant now, TimeSpan least) =>
        new(now, Last is { } last && now - last < 2 * Gap ? 2 * Gap : least);
}
