using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;
using Segue.Server.Recovery;

namespace Segue.Server.Gateway;

/// <summary>What a poll does about a write whose coordinator was lost.</summary>
internal sealed partial class StatementPoll
{
    /// <summary>A run that may have begun ends without effect: the next one is claimed, and its outcome is asked for together with this one's.</summary>
    private void NoteUndone()
    {
        if (handle is { MayHaveEffects: true, Attempt: { MayHaveBegun: true, QueryId: var id }, Submission.Class.Kind: StatementKind.Write or StatementKind.CreateIfNotExists })
            (handle.Write ??= new WriteStory()).Undo(id);
    }

    /// <summary>
    /// Segue was restarted while it recovered this write, and the token is from before: whoever runs it now is followed (R3.4). The one step of
    /// a poll that waits for the store (I8).
    /// </summary>
    private async Task<RecoveryDecision> ClaimedElseAsync(RecoveryDecision decision, RoutingSnapshot snapshot)
    {
        if (decision is not RecoveryDecision.Fail || handle is not { Submission: null, MayHaveEffects: true, ClaimSought: false })
            return decision;
        var (claim, problem) = await gateway.Writes.ClaimOfAsync(handle, turn.Cancellation);
        handle.ClaimSought = problem is null;
        if (problem is not null)
            return new RecoveryDecision.Fail(SegueErrors.OutcomeUnknown,
                $"Segue was restarted, and its store does not tell whether this statement was run again ({problem}). It may or may not have taken effect: look before you send it again.");
        if (claim is null || claim.QueryId == handle.Attempt?.QueryId)
            return decision;
        RecoveryLog.ClaimFollowed(gateway.Log, handle.Id, claim.QueryId, claim.Coordinator);
        handle.Attempt = new Attempt
        {
            Place = new AttemptPlace(claim.Coordinator, null, claim.Incarnation is { } value ? new Incarnation(value) : null),
            QueryId = claim.QueryId,
            NextPath = claim.UpstreamPath,
            MayHaveBegun = true,
            NextPollMayBeFirst = true,
        };
        return StatementDecision.Of(gateway, handle, snapshot);
    }

    private async Task SendWrittenAsync(long? rows, string why)
    {
        GatewayLog.RunsAgain(gateway.Log, handle.Id, why);
        // told before the hold ends, which else takes this for an answer of the lost one
        handle.Tell(gateway.Now, MomentKind.Left, "", why);
        EndHold();
        gateway.Metrics.Recovered(gateway.Config.Name, "committed");
        await _sender.SendWrittenAsync(rows);
    }

    /// <summary>R3.4: no claim, no run.</summary>
    private Task FailUnclaimedAsync(string problem)
    {
        gateway.Metrics.Recovered(gateway.Config.Name, "refused");
        var why = $"The statement could not be run again, because the store did not take the record that comes first ({problem}). ";
        return handle.Submission!.Class.Kind == StatementKind.Write
            ? _sender.FailAsync(SegueErrors.QueryLost, why + "Its first run took no effect: send it again.", clearTransaction: false)
            : _sender.FailAsync(SegueErrors.OutcomeUnknown, why + "It may or may not have taken effect; it can be sent again, because it finds its own work done.", clearTransaction: false);
    }

    /// <summary>R6.3: what is there already may be the work of a run before that was taken for one without effect.</summary>
    /// <returns>True where the poll was answered; false where the engine's own error is the truth.</returns>
    private async Task<bool> FindsItsOwnWorkAsync(UpstreamPage page)
    {
        switch (handle.Submission!.Target is null ? new WriteOutcome.NotCommitted() : await gateway.Writes.AskNowAsync(handle))
        {
            case WriteOutcome.NotCommitted:
                return false;
            case WriteOutcome.Committed(var rows):
                page.Dispose();
                await SendWrittenAsync(rows, "What it creates was there already, and the table's history shows that it is its own work.");
                return true;
            default:
                page.Dispose();
                gateway.Metrics.Recovered(gateway.Config.Name, "refused");
                await _sender.FailAsync(SegueErrors.OutcomeUnknown,
                    $"{handle.Attempt!.Place.Coordinator} ran the statement again and found the table there already, and whether that is its own work cannot be told. "
                    + $"Look at the table's history for query {handle.Attempt.QueryId} and those before it.", clearTransaction: false);
                return true;
        }
    }
}
