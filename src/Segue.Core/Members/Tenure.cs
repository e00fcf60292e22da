using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>This member's session, its right to route (I3, R1.4), and the conductor's lease.</summary>
internal static class Tenure
{
    public static void Tick(Turn turn)
    {
        var now = turn.Now.Instant;
        Ask(turn, now);
        Failsafes.Tick(turn);
        var member = turn.Member;
        if (!member.HasSession(now) || member.Session is not { IsRead: true } session)
            return;
        if (member.ListedAt is not { } listed || now - listed >= (turn.State.Phase == ConductorPhase.Closing || !session.IsListed ? member.Times.RetryEvery : member.Times.ListEvery))
        {
            turn.Member = member with { ListedAt = now };
            turn.Effects.Add(new ConductorEffect.ListMembers(turn.Question()));
        }
        if (turn.Member is { Conductor: null, AsksLease: false, LeaseFreeSince: { } free } && MayLead(turn.Member, now - free))
        {
            turn.Member = turn.Member with { AsksLease = true };
            turn.Effects.Add(new ConductorEffect.TakeLease(session.Id));
        }
    }

    public static void Opened(Turn turn, long session, TimeSpan ttl, Instant asked)
    {
        Answered(turn);
        var question = turn.Question();
        var granted = ttl < turn.Member.Times.Ttl ? ttl : turn.Member.Times.Ttl;
        turn.Member = turn.Member with
        {
            Session = new OwnSession(session, turn.Now.Instant, asked + granted - turn.Member.Times.Skew, question),
            AsksLease = false,
            ListedAt = turn.Now.Instant,
        };
        turn.Effects.Add(new ConductorEffect.ReadAssignment(question));
        turn.Effects.Add(new ConductorEffect.ListMembers(question));
    }

    public static void Renewed(Turn turn, long id, Instant asked)
    {
        Answered(turn);
        if (turn.Member is { Session: { } session } member && session.Id == id)
            turn.Member = member with { Session = session with { ValidUntil = asked + member.Times.Ttl - member.Times.Skew } };
    }

    public static void Over(Turn turn, long id)
    {
        Answered(turn);
        if (turn.Member.Session?.Id == id)
            turn.Member = turn.Member with { Session = null };
    }

    public static void Away(Turn turn) => turn.Member = turn.Member with
    {
        AskedStore = null,
        StoreSaid = (turn.Now.Instant, false),
        AwaySince = turn.Member.AwaySince ?? turn.Member.AskedStore,
    };

    public static void LeaseSeen(Turn turn, ConductorInput.LeaseSeen seen)
    {
        if (IsLate(turn.Member, seen))
        {
            turn.Member = turn.Member with { AsksLease = false };
            return;
        }
        var holder = seen.Holder;
        var member = turn.Member with
        {
            AsksLease = false,
            LeaseHeard = (seen.Version > 0 ? seen.Version : turn.Member.LeaseHeard.Version, turn.Member.Questions),
            Conductor = holder,
            LeaseFreeSince = holder is null ? turn.Member.LeaseFreeSince ?? turn.Now.Instant : null,
        };
        var mine = holder == member.Me.Id && member.HasSession(turn.Now.Instant);
        turn.Member = member;
        if (mine && !member.Leads)
        {
            var read = turn.Question();
            // nobody is chosen whom a command of the conductor before may still hit (R8.2)
            var fences = !turn.State.Config.Fence.Command.IsEmpty;
            turn.Member = turn.Member with { Leads = true, ReadToLead = read, FencesToLead = fences ? read : null };
            turn.Note(EventKinds.ConductorGained, "this member takes the decisions from now on");
            turn.Effects.Add(fences ? new ConductorEffect.ReadFences(read) : new ConductorEffect.ReadAssignment(read));
        }
        else if (!mine && member.Leads)
            LoseLead(turn, holder is null ? "its lease is gone" : "another member has the lease");
    }

    public static void FencesRead(Turn turn, long question)
    {
        if (!(question >= turn.Member.FencesToLead))
            return;
        var read = turn.Question();
        turn.Member = turn.Member with { FencesToLead = null, ReadToLead = read };
        turn.Effects.Add(new ConductorEffect.ReadAssignment(read));
    }

    /// <summary>At the end of each step: what the passing of time has ended, and what may go on.</summary>
    public static void Refresh(Turn turn)
    {
        var now = turn.Now.Instant;
        if (turn.Member.Leads && !turn.Member.HasSession(now))
            LoseLead(turn, "its session with the store is over");
        if (turn.Member.Session is { IsRead: true, IsListed: true, Counts: false } session && MayGoOn(turn, session))
            turn.Member = turn.Member with { Session = session with { Counts = true } };
        if (!(now < turn.Member.RightUntil))
        {
            if (turn.State.Gate == GatePosition.Open)
            {
                turn.Note(EventKinds.RightLost, "this member's session with the store is over, and not all members agree that all stay: it holds new statements");
                turn.Close();
            }
            if (turn.State.Phase == ConductorPhase.Steady)
                turn.Quietly("this member has no session with the store, and not all members agree that all stay; new statements are held");
        }
        else if (turn.State is { Phase: ConductorPhase.Steady, Gate: GatePosition.Closed, ActiveGeneration: not null, Unsettled: false, Assignment: { } assignment })
        {
            turn.Open();
            turn.Quietly(assignment.Reason);
        }
    }

    /// <summary>All who live have acked what this member wrote: nobody else need be heard.</summary>
    public static void Agreed(Turn turn) => turn.Member = turn.Member with { Session = turn.Member.Session! with { Counts = true } };

    /// <summary>
    /// A store that was restored from an older copy may tell of an epoch that others have left: each of those who agreed on it is there and knows of no
    /// later one, or can be no longer where it was (R1.5, R1.6).
    /// </summary>
    private static bool MayGoOn(Turn turn, OwnSession session)
    {
        var (member, now) = (turn.Member, turn.Now.Instant);
        // nobody goes on without one that stays
        if (now < member.FailsafeUntil)
            return true;
        return ((member.Pending ?? member.Acked)?.Epoch ?? 0) >= turn.State.HighestEpoch
            && (!member.Times.Failsafe || now - session.OpenedAt >= member.Times.Promise || member.MissesNobody);
    }

    private static void Ask(Turn turn, Instant now)
    {
        var member = turn.Member;
        var sinceAnswer = now - (member.StoreSaid?.At ?? member.StartedAt);
        // who cannot keep what it is to ack is not waited for once its session is over
        if (member.AskedStore is not null || member.HoldsUp(now) || member.StoreSaid is { Answered: false } && sinceAnswer < member.Times.RetryEvery)
            return;
        if (member.Session is not { } session)
            turn.Effects.Add(new ConductorEffect.OpenSession(now));
        else if (member.StoreSaid is { Answered: false } || sinceAnswer >= member.Times.RenewEvery)
            turn.Effects.Add(new ConductorEffect.RenewSession(session.Id, now));
        else
            return;
        turn.Member = member with { AskedStore = now };
    }

    private static void Answered(Turn turn) => turn.Member = turn.Member with
    {
        AskedStore = null,
        StoreSaid = (turn.Now.Instant, true),
        AwaySince = null,
    };

    /// <summary>
    /// The end of an old lease may be told after the beginning of a new one. What was read behind the last word counts always: the versions of a store
    /// that was restored from an older copy begin anew.
    /// </summary>
    private static bool IsLate(Membership member, ConductorInput.LeaseSeen seen) => seen switch
    {
        { Question: > 0 } when seen.Question > member.LeaseHeard.Question => false,
        { Version: > 0 } => seen.Version <= member.LeaseHeard.Version,
        _ => seen.Question > 0,
    };

    /// <summary>Who is not in the last fully acked list waits until no member of it can be left that stays with what it had (R1.6).</summary>
    private static bool MayLead(Membership member, TimeSpan free) =>
        member.IsEntitled || !member.Times.Failsafe || free >= member.Times.FailsafeFor + 2 * member.Times.Ttl;

    private static void LoseLead(Turn turn, string why)
    {
        turn.Member = turn.Member with { Leads = false, ReadToLead = null, FencesToLead = null, Gathering = null };
        turn.Note(EventKinds.ConductorLost, $"this member takes the decisions no longer: {why}");
        if (turn.State.Phase is not (ConductorPhase.Proposing or ConductorPhase.Closing))
            return;
        // what became of its proposal is read, and another one is awaited
        turn.State = turn.State with { Phase = ConductorPhase.Awaiting, Change = null };
        turn.Effects.Add(new ConductorEffect.ReadAssignment(turn.Question()));
    }
}
