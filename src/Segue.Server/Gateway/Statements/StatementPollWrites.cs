using Segue.Core.Recovery;
using Segue.Core.Recovery.Writes;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;
using Segue.Server.Recovery;

namespace Segue.Server.Gateway.Statements;

/// <summary>What a poll does about a write whose coordinator was lost.</summary>
internal sealed partial class StatementPoll
{
    /// <summary>A run that may have begun ends without effect: the next one is claimed, and its outcome is asked for together with this one's.</summary>
    private void NoteUndone()
    {
        if (handle is { MayHaveEffects: true, Attempt: { MayHaveBegun: true, QueryId: var id }, Submission.Class.Kind: StatementKind.Write or StatementKind.CreateIfNotExists })
            (handle.Write ??= new WriteStory()).Undo(id);
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
