using Segue.Core.Recovery;
using Segue.Core.Routing;
using Segue.Server.Gateway.Owners;

namespace Segue.Server.Gateway.Statements;

/// <summary>What a poll does about a query whose handle went with an earlier process.</summary>
internal sealed partial class StatementPoll
{
    /// <summary>Takes over what was remembered, where that has come by now.</summary>
    private async ValueTask RememberAsync()
    {
        if (handle is { Ended: false, Remembering: { IsCompleted: true } asked } && await asked is { Problem: null } remembered)
            Journaling.Take(gateway, handle, remembered);
    }

    /// <summary>
    /// Before it is given up or begun again, and before a write may be begun at all, the store's word is waited for, which is the one step of a poll that
    /// does (I8); and a run that is later than the token's is followed (R3.4).
    /// </summary>
    private async Task<RecoveryDecision> RememberedElseAsync(RecoveryDecision decision, RoutingSnapshot snapshot)
    {
        // I5: another run of a write than the token's may have begun since
        var mayBegin = handle is { MayHaveEffects: true, Attempt: { NextPollMayBeFirst: true } };
        if (handle.Ended || decision is RecoveryDecision.Wait || (decision is RecoveryDecision.PollOn && !(mayBegin && handle.Remembering is not null)))
            return decision;
        if (handle.Remembering is { } asked)
        {
            // the store failed when the handle was made: it may answer now
            if (asked.IsCompleted)
                asked = handle.Remembering = Journaling.AskAsync(gateway, handle);
            if (!asked.IsCompleted && !TimeIsUp)
                await call.For(Task.WhenAny(asked, Task.Delay(_begun + GatewayServices.LongPoll - gateway.Now, gateway.Time, turn.Cancellation)));
            turn.Cancellation.ThrowIfCancellationRequested();
            if (!asked.IsCompleted)
                return Waited < gateway.Config.Hold.MaxTime
                    ? new RecoveryDecision.Wait($"{Adoption.Cause(gateway)}, and the store is asked for what is known of this statement.")
                    : decision;
            var remembered = await asked;
            Journaling.Take(gateway, handle, remembered);
            if (remembered.Problem is { } problem && handle.MayHaveEffects && decision is not RecoveryDecision.PollOn)
                return new RecoveryDecision.Fail(SegueErrors.OutcomeUnknown,
                    $"{Adoption.Cause(gateway)}, and the store does not tell what became of this statement ({problem}). It may or may not have taken effect: look before you send it again.");
            decision = StatementDecision.Of(gateway, handle, snapshot);
        }
        // of a read what its client has may still go on
        if (handle.LaterRun is not { } later || decision is RecoveryDecision.PollOn or RecoveryDecision.Wait)
            return decision;
        handle.LaterRun = null;
        handle.Attempt = later;
        // what it had given was compared with the delivered rows, and is not any more
        later.PageGone = handle.RowsDelivered > 0;
        Adoption.Tell(gateway, handle, later);
        return StatementDecision.Of(gateway, handle, snapshot);
    }

    /// <summary>Its owner is asked at the next poll, which is this one again.</summary>
    private async Task<bool> LeaveToOwnerAsync(RoutingSnapshot snapshot)
    {
        if (!TimeIsUp)
        {
            await call.For(gateway.WaitForChangeAsync(snapshot, _begun + GatewayServices.LongPoll, turn.Cancellation));
            return false;
        }
        await OwnerPages.SendWaitingAsync(gateway, call, path, _begun);
        return true;
    }

    /// <summary>A run that cannot be followed any more though its coordinator lives works for nobody.</summary>
    private async ValueTask EndGoneRunAsync()
    {
        if (handle.Attempt is { PageGone: true } run)
            await call.For(UpstreamCancel.ByClientAsync(gateway, call.Context, handle, run));
    }
}
