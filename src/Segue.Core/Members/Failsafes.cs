using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>While the store is away all members of the last fully acked list may agree to stay with it; then nobody fails over (R1.6).</summary>
internal static class Failsafes
{
    public static void Tick(Turn turn)
    {
        var member = turn.Member;
        if (!member.Times.Failsafe || member.ReachesStore(turn.Now.Instant) || Away(turn) is not { } away || turn.Now.Instant - away > member.Times.FailsafeFor
            || turn.State is not { Phase: ConductorPhase.Steady, Unsettled: false, Assignment: { } assignment } || !MayStay(turn, assignment)
            || turn.Now.Instant - member.Round?.SentAt < member.Times.AskEvery)
            return;
        var round = new FailsafeRound((member.Round?.Number ?? 0) + 1, turn.Now.Instant, assignment, []);
        turn.Member = member with { Round = round };
        if (Answered(turn, member.Me.Name, round.Number))
            return;
        turn.Effects.Add(new ConductorEffect.AskFailsafe(assignment, round.Number));
    }

    /// <summary>Yes only for what this member routes by itself, while it does not reach the store either; each yes is a promise.</summary>
    public static void WasAsked(Turn turn, string asker, Assignment assignment, long round)
    {
        var yes = turn.Member.Times.Failsafe && !turn.Member.ReachesStore(turn.Now.Instant)
            && turn.State is { Phase: ConductorPhase.Steady, Unsettled: false } && turn.State.Assignment == assignment && MayStay(turn, assignment);
        if (yes)
            turn.Member = turn.Member with { PromisedUntil = turn.Now.Instant + turn.Member.Times.Promise };
        turn.Effects.Add(new ConductorEffect.AnswerFailsafe(asker, round, yes));
    }

    /// <summary>The right counts from when the question was sent.</summary>
    /// <returns>All have said yes.</returns>
    public static bool Answered(Turn turn, string name, long number)
    {
        var member = turn.Member;
        if (member.Round is not { } round || round.Number != number || turn.State.Assignment != round.Assignment || turn.State.Phase != ConductorPhase.Steady)
            return false;
        round = round with { Yes = round.Yes.Add(name) };
        turn.Member = member with { Round = round };
        if (!round.Assignment.Members.All(round.Yes.Contains))
            return false;
        var began = !(turn.Now.Instant < member.FailsafeUntil);
        turn.Member = turn.Member with { FailsafeUntil = round.SentAt + member.Times.Promise - member.Times.Skew };
        if (began)
            turn.Note(EventKinds.Failsafe, "the store does not answer; all members stay with what is in force, and nobody fails over until it answers again");
        return true;
    }

    /// <summary>The list is stored, so that whoever reads the store knows whom it would have to ask.</summary>
    private static bool MayStay(Turn turn, Assignment assignment) =>
        turn.Member.Stored == assignment && turn.Member.Acked?.IsSameDecision(assignment) == true && assignment.Members.Contains(turn.Member.Me.Name);

    private static Instant? Away(Turn turn) => turn.Member.AwaySince ?? turn.Member.AskedStore;
}
