using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Routing;
using Segue.Simulation.Bugs;
using Segue.Simulation.Clients;
using Segue.Simulation.Engines;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Gateways;

/// <summary>One poll: the next page of the attempt, else another attempt, else a QUEUED page.</summary>
internal sealed class Polling(Gateway gateway, SimMember member, Ownership ownership)
{
    private static readonly TimeSpan LongPoll = Time.Milliseconds(300);
    private static readonly TimeSpan Pause = Time.Milliseconds(60);
    private static readonly TimeSpan StepAside = Time.Milliseconds(150);

    private readonly Deciding _deciding = new(member);
    private readonly Outcomes _outcomes = new(gateway, member);
    private readonly Delivery _delivery = new(gateway, member);

    public void Begin(Call call, Handle handle, QueryToken token)
    {
        if (token.Sequence == handle.Answered && handle.LastAnswer is { } last)
        {
            if (last is ClientPage { Rows: var rows, Next: { } next } page && member.Has(Bug.HashAPageTwice))
            {
                Delivery.Count(handle, rows);
                last = page with { Next = next with { Rows = handle.Delivered.Rows, RowsHash = handle.Delivered.Sum } };
            }
            call.Answer(last);
            return;
        }
        if (handle is { Ended: true, Killed: false } && !member.Has(Bug.RecoverAnEndedToken))
        {
            call.Answer(new NoSuchPage("it has ended"));
            return;
        }
        if (token.Sequence < handle.Answered && !member.Has(Bug.RecoverAnEndedToken))
        {
            call.Answer(new NoSuchPage("a later page was polled already"));
            return;
        }
        if (handle.HasEffects ? !ownership.IsMine(handle) && !MayPollOn(handle, token) : IsHeldElsewhere(handle, token))
        {
            handle.Owner = token.Owner == member.Id || token.Owner == handle.TakenFrom ? handle.Owner : token.Owner;
            ToOwner(call, handle, token);
            return;
        }
        Step(new Poll(call, handle, token, ++handle.Turn, member.Monotonic));
    }

    private void ToOwner(Call call, Handle handle, QueryToken token) =>
        ownership.Elsewhere(call, handle, token, cancels: false, () => Begin(call, handle, token), why => _delivery.End(call, handle, token, [], handle.HasEffects ? Told.Unknown : Told.Unchanged, why));

    /// <summary>Its text is in its owner's memory alone.</summary>
    private bool IsHeldElsewhere(Handle handle, in QueryToken token) => handle is { Statement: null, Attempt: null } && token.UpstreamPath.Length == 0 && !ownership.IsMine(handle);

    /// <summary>The token alone is enough to poll an attempt that runs on a living coordinator (R3.1).</summary>
    private bool MayPollOn(Handle handle, in QueryToken token) => token is { Coordinator: not "", UpstreamPath: not "" } && token.Traits.HasFlag(TokenTraits.Begun)
        && Standing.PlaceOf(token) is { NextPollMayBeFirst: false } place && _deciding.FateOf(place) is AttemptFate.Running && !handle.Ended;

    private void Step(Poll poll)
    {
        var handle = poll.Handle;
        if (poll.Call.Abandoned && !member.Network.IsCut(poll.Call.From, member))
            return;
        if (poll.Turn != handle.Turn)
        {
            Displaced(poll);
            return;
        }
        if (handle.Busy)
        {
            member.After(Time.Milliseconds(20), () => Step(poll));
            return;
        }
        if (handle.Killed)
        {
            Fail(poll, Told.Failed, "an operator cancelled it");
            return;
        }
        if (!poll.Stands)
        {
            poll.Stands = true;
            Standing.At(handle, poll.Token);
        }
        var decision = _deciding.Of(handle);
        if (handle.HasEffects && !ownership.IsMine(handle) && !(decision is RecoveryDecision.PollOn && handle.Attempt is { MayHaveBegun: true, NextPollMayBeFirst: false }))
        {
            ToOwner(poll.Call, handle, poll.Token);
            return;
        }
        if (NeedsMemory(handle, decision))
        {
            Remember(poll);
            return;
        }
        switch (decision)
        {
            case RecoveryDecision.PollOn:
                Fetch(poll);
                break;
            case RecoveryDecision.SubmitAgain:
                handle.Attempt = null;
                Submit(poll);
                break;
            case RecoveryDecision.RunAgain again:
                Leave(handle, again.Sentence);
                Submit(poll);
                break;
            case RecoveryDecision.ResumeBehind behind:
                Leave(handle, behind.Sentence);
                Delivery.BeginResume(handle);
                Submit(poll);
                break;
            case RecoveryDecision.Wait:
                Wait(poll);
                break;
            case RecoveryDecision.AskOutcome:
                _outcomes.Ask(handle, _deciding);
                Wait(poll);
                break;
            case RecoveryDecision.Succeeded(_, var why):
                _delivery.End(poll.Call, handle, poll.Token, [], Told.Success, why);
                break;
            case RecoveryDecision.Fail fail:
                Fail(poll, fail.Error == SegueErrors.OutcomeUnknown ? Told.Unknown : Told.Unchanged, $"{fail.Error.Name}: {fail.Sentence}");
                break;
            default:
                throw new InvalidOperationException($"no such decision: {decision}");
        }
    }

    /// <summary>What has the stream now may have come late from another member, and nobody waits for that: this client stands where it was.</summary>
    private void Displaced(Poll poll)
    {
        if (member.State.Member is null || member.Has(Bug.ADisplacedPollIsGone))
            poll.Call.Answer(new NoSuchPage("another request for this page took over"));
        else
            member.After(StepAside, () => poll.Call.Answer(new ClientPage([], poll.Token, Told.Nothing, "")));
    }

    private static bool NeedsMemory(Handle handle, RecoveryDecision decision) => handle is { Remembered: false, Ended: false } && decision is not (RecoveryDecision.PollOn or RecoveryDecision.Wait);

    private void Remember(Poll poll)
    {
        poll.Handle.Busy = true;
        gateway.Journal.Read(poll.Handle, (answered, stored) =>
        {
            poll.Handle.Busy = false;
            if (!answered)
            {
                Wait(poll);
                return;
            }
            poll.Handle.Remembered = true;
            if (stored is not null)
                gateway.Journal.TakeOver(poll.Handle, stored);
            Step(poll);
        });
    }

    private void Leave(Handle handle, string why)
    {
        member.World.Say(member.Name, $"leaves the run of {handle.Statement}: {why}");
        if (_deciding.DiedWith(handle.Attempt))
            handle.CoordinatorsLost++;
        if (handle is { HasEffects: true, Attempt: { MayHaveBegun: true } attempt })
            handle.Undone.Add(attempt.QueryId);
        handle.LeftRun = handle.Attempt?.QueryId;
        handle.Attempt = null;
        handle.Resume = null;
        handle.Aside.Clear();
        handle.WaitingSince ??= member.Monotonic;
    }

    private void Submit(Poll poll)
    {
        var handle = poll.Handle;
        if (handle.Ended && !member.Has(Bug.RecoverAnEndedToken))
        {
            poll.Call.Answer(new NoSuchPage("it has ended"));
            return;
        }
        handle.WaitingSince ??= member.Monotonic;
        if (member.Monotonic - handle.WaitingSince.Value >= member.Config.Hold.MaxTime)
        {
            Fail(poll, Told.Unchanged, "nobody took it in time");
            return;
        }
        handle.Busy = gateway.SendPost(handle.Statement!, (_, answer, place) =>
        {
            handle.Busy = false;
            if (answer?.QueryId is not { } id)
            {
                Wait(poll);
                return;
            }
            if (handle.Submits == 0 || !handle.HasEffects)
            {
                Gateway.Accept(handle, place, id);
                gateway.Journal.Note(handle);
                Step(poll);
                return;
            }
            ClaimRun(poll, place, id);
        });
        if (!handle.Busy)
            Wait(poll);
    }

    /// <summary>No claim, no run (R3.4).</summary>
    private void ClaimRun(Poll poll, AttemptPlace place, string id)
    {
        var handle = poll.Handle;
        var attempt = new Attempt { Place = place, QueryId = id };
        handle.Busy = true;
        handle.Submits++;
        gateway.Journal.TryClaim(handle, gateway.Journal.EntryOf(handle, attempt), claim =>
        {
            handle.Busy = false;
            handle.Statement!.Unclaimed |= claim != Claim.Taken;
            if (claim == Claim.Taken)
            {
                handle.Submits--;
                Gateway.Accept(handle, place, id);
                Step(poll);
            }
            else
            {
                // who finds a claim follows it, and an unknown outcome is read back: as one that is taken over
                handle.OwnedUnder = 0;
                handle.Remembered = false;
                Wait(poll);
            }
        });
    }

    private void Fetch(Poll poll)
    {
        var (handle, attempt) = (poll.Handle, poll.Handle.Attempt!);
        var (id, page, name) = (attempt.QueryId, attempt.Page, attempt.Place.Coordinator);
        var coordinator = gateway.Coordinator(name)!;
        void Done(CallEnd end, object? answer)
        {
            handle.Busy = false;
            Took(poll, attempt, page, end, answer);
        }
        var begins = !attempt.MayHaveBegun || attempt.NextPollMayBeFirst;
        if (begins)
        {
            handle.Busy = gateway.SendFirst(handle.Statement ?? Unknown, id, name, call => coordinator.Poll(call, id, page), Done);
            if (!handle.Busy)
            {
                Wait(poll);
                return;
            }
            // counted as sent before it is handed on (R3.9)
            if (!attempt.MayHaveBegun)
                handle.Runs++;
            attempt.MayHaveBegun = !member.Has(Bug.ResubmitARetriedFirstPoll) || !handle.HasEffects;
            return;
        }
        handle.Busy = true;
        member.Network.Request(member, coordinator, Cluster.PollTimeout, call => coordinator.Poll(call, id, page), (end, answer) =>
        {
            gateway.Told(name, end);
            Done(end, answer);
        });
    }

    private static readonly Statement Unknown = new() { Number = -2, Kind = SimKind.Read, Rows = 0, Takes = 0, CommitTakes = 0 };

    private void Took(Poll poll, Attempt attempt, int page, CallEnd end, object? answer)
    {
        var handle = poll.Handle;
        if (answer is PageAnswer)
        {
            attempt.MayHaveBegun = true;
            attempt.NextPollMayBeFirst = false;
        }
        // another poll has the stream and asks for the page again, or an operator has ended it
        if (poll.Turn != handle.Turn || handle.Killed)
        {
            Step(poll);
            return;
        }
        if (handle.Attempt != attempt || attempt.Page != page || (handle.Ended && !member.Has(Bug.RecoverAnEndedToken)))
            return;
        switch (end, answer)
        {
            case (CallEnd.Answered, PageAnswer given) when !_deciding.IsUseless(handle, attempt):
                handle.WaitingSince = null;
                if (!_delivery.Give(poll.Call, handle, poll.Token, attempt, given))
                    Step(poll);
                break;
            case (CallEnd.Answered, NoSuchPage or NoPage):
                member.World.Say(member.Name, $"has no page {page} of {attempt.QueryId} for {handle.Statement}");
                Confirm(poll, attempt);
                break;
            default:
                Wait(poll);
                break;
        }
    }

    /// <summary>A new incarnation has forgotten every query: look before it is taken for the engine's word.</summary>
    private void Confirm(Poll poll, Attempt attempt)
    {
        if (member.Watchers.TryGetValue(attempt.Place.Coordinator, out var watcher))
            watcher.Confirm(answered => Confirmed(poll, attempt, answered));
        else
            Confirmed(poll, attempt, answers: false);
    }

    private void Confirmed(Poll poll, Attempt attempt, bool answers)
    {
        if (poll.Turn == poll.Handle.Turn && poll.Handle.Attempt != attempt)
            return;
        if (poll.Turn == poll.Handle.Turn && _deciding.FateOf(attempt) is AttemptFate.Running or AttemptFate.Superseded)
        {
            if (!answers)
            {
                Wait(poll);
                return;
            }
            if (attempt.Place.Generation is not null)
            {
                poll.Call.Answer(new NoSuchPage("the coordinator does not know it"));
                return;
            }
            attempt.PageGone = true;
        }
        Step(poll);
    }

    private void Wait(Poll poll)
    {
        var handle = poll.Handle;
        handle.WaitingSince ??= member.Monotonic;
        if (poll.Turn != handle.Turn)
            Step(poll);
        else if (member.Monotonic - poll.Began < LongPoll)
            member.After(Pause, () => Step(poll));
        else
            Delivery.Queued(poll.Call, handle, poll.Token);
    }

    private void Fail(Poll poll, Told told, string why) => _delivery.End(poll.Call, poll.Handle, poll.Token, [], told, why);

    private sealed class Poll(Call call, Handle handle, QueryToken token, int turn, Instant began)
    {
        public Call Call => call;

        public Handle Handle => handle;

        public QueryToken Token => token;

        public int Turn => turn;

        public Instant Began => began;

        /// <summary>The handle was brought to where the token stands.</summary>
        public bool Stands { get; set; }
    }
}
