using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>Whether clients are better served by other members, which a load balancer is told.</summary>
public static class Fitness
{
    /// <returns>Why they are; null where this member is fit, or the only one.</returns>
    public static string? Objection(ConductorState state, Instant now)
    {
        if (state.Member is not { } member)
            return null;
        // told before it stops: whoever asks now and then must hear of it in time
        if (!(now + member.Times.Ttl / 4 < member.RightUntil))
            return "this member cannot renew its session with the store, and not all members agree that all stay";
        return state.Assignment is { Active: var active } && state.Health.GetValueOrDefault(active) is { Condition: Condition.Suspect or Condition.Lost } lost
            && Words.ReachedBy(state, lost, now) is { } other
                ? $"{active} does not answer this member, and {other} reaches it"
                : null;
    }
}
