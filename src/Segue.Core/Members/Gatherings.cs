using System.Collections.Immutable;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>The acks of a proposal: of each member whose session lived when it had been confirmed (I2, R1.2).</summary>
internal static class Gatherings
{
    /// <summary>Only behind the confirmation sessions are listed: a member that opens one later reads the proposal.</summary>
    public static void Begin(Turn turn, Assignment proposal)
    {
        var list = turn.Question();
        turn.Member = turn.Member with
        {
            Stored = proposal,
            Pending = null,
            Round = null,
            FailsafeUntil = null,
            ListedAt = turn.Now.Instant,
            Gathering = new Gathering { List = list },
        };
        turn.Effects.Add(new ConductorEffect.ListMembers(list));
        Keeping.Begin(turn, proposal);
    }

    public static void WasListed(Turn turn, long question, ImmutableDictionary<string, ListedMember> members)
    {
        var others = members.Remove(turn.Member.Me.Id);
        foreach (var (id, other) in others.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (other.Acked is { } acked)
                WasAcked(turn, id, acked);
        }
        if (turn.Member.Session is { IsListed: false } session && question >= session.Question)
            turn.Member = turn.Member with { Session = session with { IsListed = true } };
        var names = others.ToImmutableDictionary(static pair => pair.Key, static pair => pair.Value.Name);
        var gathering = turn.Member.Gathering;
        if (gathering is not null && question >= gathering.List)
            gathering = gathering with
            {
                // whose session has run out since sends no more; who came since has read the proposal
                Asked = gathering.Asked is { } asked ? asked.RemoveRange(asked.Keys.Where(id => !names.ContainsKey(id))) : names,
            };
        turn.Member = turn.Member with
        {
            Listed = members,
            Gathering = gathering,
            DiffersSince = Differs(turn, names) ? turn.Member.DiffersSince ?? turn.Now.Instant : null,
        };
    }

    public static void WasAcked(Turn turn, string member, Assignment acked)
    {
        Keeping.HeardOf(turn, acked.Epoch);
        if (turn.Member.Gathering is not { } gathering || turn.State.Change is not { } change)
            return;
        if (change.Proposal.IsSameDecision(acked))
            turn.Member = turn.Member with { Gathering = gathering with { Acks = gathering.Acks.Add(member) } };
        else if (acked.Epoch == change.Proposal.Epoch)
            Keeping.Abandon(turn);
    }

    /// <summary>This member's own sends have ended: nobody's under an older epoch are left, and it may say so (R1.6).</summary>
    public static bool IsComplete(Turn turn, Assignment proposal)
    {
        var member = turn.Member;
        if (member.Acked != proposal)
        {
            if (!member.Keeps(proposal))
                return false;
            turn.Member = member = member with { Acked = proposal };
            turn.Effects.Add(new ConductorEffect.Ack(proposal));
        }
        return turn.State.Leads && member.Gathering is { IsComplete: true } && Changes.Objection(member, turn.Now.Instant) is null;
    }

    /// <summary>Those who acked: they may stay with it while the store is away.</summary>
    public static ImmutableArray<string> Names(ConductorState state) => state.Member is { } member
        ? [.. member.Gathering!.Asked!.Values.Append(member.Me.Name).Distinct().Order(StringComparer.Ordinal)]
        : [];

    private static bool Differs(Turn turn, ImmutableDictionary<string, string> others) =>
        turn.State.Assignment is { } assignment
        && !assignment.Members.ToImmutableHashSet().SetEquals(others.Values.Append(turn.Member.Me.Name));
}
