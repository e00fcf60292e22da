using Segue.Core.Routing;
using Segue.Server.Recovery;

namespace Segue.Server.Gateway.Statements;

/// <summary>How a poll brings a held statement to a coordinator.</summary>
internal sealed partial class StatementPoll
{
    private async Task<bool> SubmitAsync(RoutingSnapshot snapshot, string why)
    {
        var submission = handle.Submission!;
        var home = submission.Transaction is { } tagged && TransactionTag.Split(tagged).Incarnation is { } incarnation
            ? TransactionTag.Home(snapshot, incarnation)?.Name
            : null;
        if ((home ?? snapshot.OpenTo) is not { } coordinator)
            return await HoldAsync(snapshot, snapshot.Reason);
        if (handle.WaitingSince is not null && !await TakeSlotAsync())
            return await HoldAsync(snapshot, "Others go first after the promotion.");
        _asked = true;
        var submitter = new StatementSubmit(gateway, call);
        // who leaves or is replaced meanwhile waits for the POST's answer: what it begins must be known to be ended
        using var grace = new Grace(GatewayServices.LongPoll, gateway.Time, turn.Cancellation);
        switch (await submitter.SendAsync(handle, submission, snapshot, coordinator, home is not null, grace.Token))
        {
            case SubmitOutcome.Accepted accepted:
                if (MustBeClaimed() && await gateway.Writes.ClaimAsync(handle, accepted.Attempt, gateway.Owner) is { Problem: { } problem } refused)
                {
                    handle.Owner = refused.By;
                    if (refused.By is not null)
                        return false;
                    await FailUnclaimedAsync(problem);
                    return true;
                }
                handle.Take(accepted.Attempt, gateway.Now);
                Journaling.Note(gateway, handle);
                GatewayLog.Submitted(gateway.Log, handle.Id, accepted.Attempt.QueryId, coordinator, why);
                return false;
            case SubmitOutcome.Answered answered:
                // nobody who was refused keeps a place that others wait for (R6.5)
                EndHold();
                using (answered.Response)
                    await PassThrough.CopyAsync(answered.Response, call.Context);
                return true;
            case SubmitOutcome.NotSent:
                return await HoldAsync(snapshot, snapshot.Reason, RetryPause);
            case SubmitOutcome.Lost:
                handle.LostPost = coordinator;
                handle.Runs++;
                return false;
            case var other:
                throw new InvalidOperationException($"no such outcome: {other}");
        }
    }

    /// <summary>Also the first run, where somebody else may have begun one (R3.2).</summary>
    private bool MustBeClaimed() => WriteRecovery.MustBeClaimed(handle) || gateway.Others?.MayHaveTaken(handle) == true;

    private async Task<bool> TakeSlotAsync() =>
        (_slot ??= await call.For(gateway.Release.TryEnterAsync(
            handle.Runs > 0, handle.Created, _begun + GatewayServices.LongPoll - gateway.Now, gateway.Time, turn.Cancellation))) is not null;
}
