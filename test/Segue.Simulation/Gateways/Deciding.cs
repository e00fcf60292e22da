using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;
using Segue.Simulation.Bugs;
using Segue.Simulation.Clients;
using Segue.Simulation.Members;

namespace Segue.Simulation.Gateways;

/// <summary>Puts together what <see cref="RecoveryPolicy"/> decides a handle's next step from.</summary>
internal sealed class Deciding(SimMember member)
{
    public RecoveryDecision Of(Handle handle)
    {
        var snapshot = member.Snapshot;
        var attempt = handle.Attempt;
        var moved = attempt is not null && snapshot.Active is { } active && active != attempt.Place.Coordinator;
        if (handle.Statement is not { } statement)
            return OfTokenAlone(handle, moved);
        if (attempt is { PageGone: true } && handle.HasEffects)
            return new RecoveryDecision.Fail(SegueErrors.OutcomeUnknown, "its page is gone");
        if (moved && attempt is { NextPollMayBeFirst: true } && handle.HasEffects && FateOf(attempt) != AttemptFate.Lost)
            return new RecoveryDecision.Fail(SegueErrors.OutcomeUnknown, "another coordinator took over, and it may have begun");
        return RecoveryPolicy.Decide(new RecoveryInput
        {
            Statement = statement.Class,
            Sent = attempt is null ? Sent.Nothing : attempt.MayHaveBegun ? Sent.FirstPoll : Sent.Post,
            // I1: a first poll goes to the active coordinator alone
            Fate = moved && attempt is { MayHaveBegun: false } ? AttemptFate.Superseded
                : moved && attempt is { NextPollMayBeFirst: true } ? AttemptFate.Lost
                : attempt is null ? AttemptFate.Running : FateOf(attempt),
            CoordinatorAnswers = attempt is not null && Answers(attempt),
            RowsDelivered = handle.Delivered.Rows,
            Compared = handle.Resume is not null,
            PagesGone = attempt is { PageGone: true },
            AttemptsUsed = handle.Runs,
            CoordinatorsLostWhileRunning = handle.CoordinatorsLost + (DiedWith(attempt) ? 1 : 0),
            Waited = handle.WaitingSince is { } since ? member.Monotonic - since : TimeSpan.Zero,
            WritesMaxWait = member.Config.Recovery.WritesMaxWait,
            HoldMaxTime = member.Config.Hold.MaxTime,
            Lost = KnownOf(handle),
            QueryId = attempt?.QueryId,
            Coordinator = attempt?.Place.Coordinator ?? "the coordinator",
        });
    }

    public AttemptFate FateOf(Attempt attempt) => attempt.PageGone ? AttemptFate.Lost : attempt.Place.FateIn(member.Snapshot);

    public bool DiedWith(Attempt? attempt) => attempt is { MayHaveBegun: true, PageGone: false } && attempt.Place.FateIn(member.Snapshot) == AttemptFate.Lost;

    /// <summary>Nothing more is to be had from it, whatever it says.</summary>
    public bool IsUseless(Handle handle, Attempt attempt) =>
        attempt.Place.FateIn(member.Snapshot) is var fate && (fate == AttemptFate.Lost || (fate == AttemptFate.Superseded && !handle.HasEffects));

    /// <summary>Since when the attempt's incarnation is proven to be gone (R5).</summary>
    public (Gone Gone, Instant? By) ProofOf(Attempt attempt)
    {
        if (attempt.Place.Incarnation is not { } incarnation || !member.Snapshot.Coordinators.TryGetValue(attempt.Place.Coordinator, out var route))
            return (Gone.Unprovable, null);
        if (member.Has(Bug.RestartAlwaysProves) && route.Incarnation is { } now && now != incarnation)
            return (Gone.Proven, new Instant(TimeSpan.Zero));
        return route.ProofOf(incarnation);
    }

    private LostWrite KnownOf(Handle handle)
    {
        if (handle is not { Attempt: { } attempt, Statement: { IsWrite: true } statement })
            return LostWrite.Unknown;
        var (gone, by) = ProofOf(attempt);
        var known = by is not null && handle.AnswersFor == by;
        return new LostWrite
        {
            Gone = gone,
            SettledFor = known && handle.First is not null ? member.Monotonic - handle.FirstAt : TimeSpan.Zero,
            Settle = member.Config.Recovery.WritesSettle,
            Witness = statement.Kind == SimKind.Write ? Witness.History : Witness.None,
            First = known ? handle.First : null,
            Last = known ? handle.Last : null,
        };
    }

    /// <summary>The journal does not know it: it can be polled on, and nothing else (R3.3).</summary>
    private RecoveryDecision OfTokenAlone(Handle handle, bool moved)
    {
        if (handle.Attempt is not { } attempt)
            return Unremembered(handle);
        if (attempt.PageGone || (attempt.NextPollMayBeFirst && moved))
            return Unremembered(handle);
        var waited = handle.WaitingSince is { } since ? member.Monotonic - since : TimeSpan.Zero;
        return FateOf(attempt) switch
        {
            AttemptFate.Running or AttemptFate.Superseded when Answers(attempt) => new RecoveryDecision.PollOn("It runs on."),
            AttemptFate.Lost => Unremembered(handle),
            _ when waited >= member.Config.Hold.MaxTime => new RecoveryDecision.Fail(handle.HasEffects ? SegueErrors.OutcomeUnknown : SegueErrors.HoldTimeout, "its coordinator is silent"),
            _ => new RecoveryDecision.Wait("Its coordinator is silent."),
        };
    }

    private static RecoveryDecision.Fail Unremembered(Handle handle) => handle.HasEffects
        ? new RecoveryDecision.Fail(SegueErrors.OutcomeUnknown, "nothing is known of it any more")
        : new RecoveryDecision.Fail(SegueErrors.Restarted, "nothing is known of it any more, and it changed nothing");

    private bool Answers(Attempt attempt) =>
        member.Snapshot.Coordinators.TryGetValue(attempt.Place.Coordinator, out var route) && route.Liveness == Liveness.Answering;
}
