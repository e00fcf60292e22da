using System.Collections.Immutable;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>
/// What a member puts into the history that all share. Three members see a coordinator die, and one line tells it: the conductor's. While nobody
/// conducts each keeps what it sees, and the next conductor tells what it kept.
/// </summary>
public sealed record SharedStory
{
    private const int Most = 64;

    private ImmutableList<(Instant At, ClusterEvent Event)> Kept { get; init; } = [];

    /// <summary>There is something that a conductor would tell.</summary>
    public bool Waits => !Kept.IsEmpty;

    /// <returns>Whether this member tells it now.</returns>
    public (SharedStory Next, bool Tell) Say(ConductorState state, ClusterEvent happened, Instant now)
    {
        if (state.Leads || EventKinds.IsOfMember(happened.Kind))
            return (this, true);
        var kept = Kept.Add((now, happened));
        return (this with { Kept = kept.Count > Most ? kept.RemoveAt(0) : kept }, false);
    }

    /// <summary>As time passes.</summary>
    /// <param name="told">The last events of the history.</param>
    /// <returns>What this member has to tell for want of a conductor that did.</returns>
    public (SharedStory Next, ImmutableArray<ClusterEvent> Tell) Look(ConductorState state, IEnumerable<ClusterEvent> told, Instant now)
    {
        if (state.Member is not { } member)
            return (this, []);
        var reach = 2 * member.Times.Ttl;
        if (state.Leads)
            return (new SharedStory(), [.. Kept.Select(static one => one.Event).Where(one => !told.Any(other => IsSame(one, other, reach)))]);
        // a dead conductor is known as such only when its session is over
        return member.Conductor is null ? (this, []) : (this with { Kept = Kept.RemoveAll(one => now - one.At > reach) }, []);
    }

    /// <summary>Members do not see the same thing at the very same moment.</summary>
    private static bool IsSame(ClusterEvent one, ClusterEvent other, TimeSpan reach) =>
        one.Kind == other.Kind && one.Coordinator == other.Coordinator && (one.At - other.At).Duration() <= reach;
}
