using Segue.Core.Recovery;
using Segue.Server.Admin;
using Segue.Server.Gateway.Statements;
using Segue.Server.Probing;

namespace Segue.Server.Gateway.Queries;

/// <summary>
/// A cancel that comes from an operator: its client, unlike one that cancels itself, waits for an outcome and gets one clear error (I7). A poll that is
/// under way is not ended, it answers with that error within the long poll; a page that is being sent is sent whole.
/// </summary>
internal static class OperatorCancel
{
    /// <summary>Who streams a page to a slow client has the turn for longer; its next poll says the end.</summary>
    private static readonly TimeSpan TurnPatience = TimeSpan.FromSeconds(2);

    public static async Task<CancelReport> RunAsync(GatewayServices gateway, QueryHandle handle)
    {
        // from here on no attempt begins, and what one answers is dropped
        handle.Refusal = SegueErrors.Canceled;
        GatewayLog.CanceledByOperator(gateway.Log, handle.Id, handle.Submission?.User ?? "");
        var first = handle.Attempt;
        var problem = await EndRunAsync(gateway, handle, first);
        using var patience = new CancellationTokenSource(TurnPatience, gateway.Time);
        try
        {
            using (await handle.WaitForTurnAsync(patience.Token))
            {
                if (handle.Story.Moments is [.., { Kind: MomentKind.Ended } end] && end.Subject != SegueErrors.Canceled.Name)
                    return new CancelReport(handle.Id, $"Query {handle.Id} came to its end before the cancel: {end.Sentence}", Done: false);
                End(gateway, handle);
                await Journaling.EndAsync(gateway, handle, SegueErrors.Canceled.Name);
                // one that was just being submitted
                if (handle.Attempt is { } last && last != first)
                    problem = await EndRunAsync(gateway, handle, last);
            }
            foreach (var run in await Journaling.OtherRunsAsync(handle))
                problem = await EndRunAsync(gateway, handle, run) ?? problem;
        }
        catch (OperationCanceledException)
        {
            return new CancelReport(handle.Id, $"Query {handle.Id} is cancelled. A page of it is still being sent to its client, whose next poll is told.");
        }
        return new CancelReport(handle.Id, Sentence(handle, problem));
    }

    /// <summary>What its client is told.</summary>
    public static RecoveryDecision.Fail Told(QueryHandle handle) => new(
        SegueErrors.Canceled,
        "An operator cancelled this query with segue queries cancel. " + handle switch
        {
            { Runs: 0, LostPost: null, Submission: not null } => "It was not started.",
            { MayHaveEffects: false } => "It changed nothing.",
            { Attempt: { } attempt } => $"It may or may not have taken effect: before you send it again, look for query {attempt.QueryId} of {attempt.Place.Coordinator}.",
            _ => "It may or may not have taken effect: look before you send it again.",
        },
        ClearTransaction: handle.Submission?.Transaction is not null);

    /// <summary>Ended before its client knows: what was kept for it is free, and its next poll is answered with the error.</summary>
    private static void End(GatewayServices gateway, QueryHandle handle)
    {
        if (!handle.TryEnd())
            return;
        handle.Tell(gateway.Now, MomentKind.Ended, SegueErrors.Canceled.Name, Told(handle).Sentence);
        handle.LastSeen = gateway.Now;
        handle.DropHeldBack();
        gateway.Book.End(handle, canceled: true);
        gateway.Metrics.QueryEnded(gateway.Config.Name, SegueErrors.Canceled.Name);
    }

    private static Task<string?> EndRunAsync(GatewayServices gateway, QueryHandle handle, Attempt? run) => UpstreamCancel.SendAsync(
        gateway, handle, run, (client, path) => new StatementRunner(client, gateway.Config, "segue", gateway.Time).Request(HttpMethod.Delete, path));

    private static string Sentence(QueryHandle handle, string? problem) => handle.Attempt switch
    {
        null => $"Query {handle.Id} is cancelled. No coordinator had it.",
        { MayHaveBegun: false } => $"Query {handle.Id} is cancelled. It had not begun.",
        var run when problem is null => $"Query {handle.Id} is cancelled, and so is its run {run.QueryId} on {run.Place.Coordinator}.",
        var run => $"Query {handle.Id} is cancelled. Its run {run.QueryId} on {run.Place.Coordinator} could not be told ({problem}); it ends by clean-up or by the engine's own time-out.",
    };
}
