using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;

namespace Segue.Core.Recovery;

/// <summary>R6 as one total function: every input has an answer, and none of them runs a write twice (I5).</summary>
public static class RecoveryPolicy
{
    // R6.4: a query that was running when this many coordinators died in a row is not run again
    private const int PoisonLosses = 2;

    public static RecoveryDecision Decide(RecoveryInput input)
    {
        if (input.InTransaction)
            return InTransaction(input);
        if (!input.MayHaveBegun)
            return NotBegun(input);
        if (input.Fate == AttemptFate.Running && input.CanBePolled)
            return Answers(input);
        return RunsTwiceWithoutHarm(input.Statement.Kind) ? Repeatable(input) : OnceOnly(input);
    }

    private static bool RunsTwiceWithoutHarm(StatementKind kind) => kind switch
    {
        StatementKind.Read or StatementKind.SessionOnly or StatementKind.StartTransaction or StatementKind.Rollback => true,
        StatementKind.CreateIfNotExists or StatementKind.Commit or StatementKind.Write => false,
        _ => throw new InvalidOperationException($"no such kind: {kind}"),
    };

    private static string Loss(RecoveryInput input) => input.CanBePolled
        ? input.PagesGone ? $"What Segue had fetched from {input.Coordinator} went with its restart" : $"{input.Coordinator} was lost"
        : $"The connection to {input.Coordinator} broke before it answered the POST";

    private static RecoveryDecision.PollOn Answers(RecoveryInput input) =>
        new($"{input.Coordinator} answers and knows the query, so it is polled on.");

    private static RecoveryDecision NotBegun(RecoveryInput input)
    {
        if (input is { RowsDelivered: > 0, Compared: false })
            return Again(input);
        if (input.Sent == Sent.Nothing)
            return new RecoveryDecision.SubmitAgain("Nothing was sent for it yet, so it is submitted.");
        if (!input.CanBePolled)
            return new RecoveryDecision.SubmitAgain($"{Loss(input)}, which begins nothing, so it is submitted again.");
        return input.Fate switch
        {
            AttemptFate.Running => Answers(input),
            AttemptFate.Unknown => WaitOutSilence(input),
            AttemptFate.Superseded or AttemptFate.Lost =>
                new RecoveryDecision.SubmitAgain($"{Loss(input)} before the first poll, so nothing had begun and it is submitted again."),
            _ => throw new InvalidOperationException($"no such fate: {input.Fate}"),
        };
    }

    private static RecoveryDecision Repeatable(RecoveryInput input)
    {
        if (input.Fate == AttemptFate.Unknown && input.CanBePolled)
            return WaitOutSilence(input);
        if (input.Statement.Kind == StatementKind.StartTransaction && input.SessionOutcomeDelivered)
            return TransactionLost(input);
        return Again(input);
    }

    private static RecoveryDecision Again(RecoveryInput input)
    {
        if (input.RowsDelivered > 0 && Incomparable(input) is { } why)
            return new RecoveryDecision.Fail(SegueErrors.QueryLost,
                $"{Loss(input)} after rows of this query had been delivered. {why} The statement changed nothing: send it again.");
        if (Spent(input, "It changed nothing. ") is { } spent)
            return spent;
        return input.RowsDelivered > 0
            ? new RecoveryDecision.ResumeBehind(
                $"{Loss(input)} after {input.RowsDelivered} rows had been delivered; {input.Statement.Reason}, so it is run again and compared with them.")
            : new RecoveryDecision.RunAgain($"{Loss(input)} and no row was delivered; {input.Statement.Reason}, so it is run again.");
    }

    /// <summary>Why it is not run once more though that would do no harm, or null (R6.4).</summary>
    /// <param name="effect">A sentence on what it changed.</param>
    internal static RecoveryDecision? Spent(RecoveryInput input, string effect)
    {
        if (input.CoordinatorsLostWhileRunning >= PoisonLosses)
            return new RecoveryDecision.Fail(SegueErrors.PoisonQuery,
                $"{input.CoordinatorsLostWhileRunning} coordinators in a row died while they ran this query, the last was {input.Coordinator}. "
                + $"{effect}It is not run again because it may be the cause. Look at its memory use before you send it again.");
        if (input.AttemptsUsed >= input.AttemptsMax)
            return new RecoveryDecision.Fail(SegueErrors.TooManyAttempts,
                $"The query was run {input.AttemptsUsed} times and each time its coordinator was lost, the last was {input.Coordinator}. "
                + $"{effect}Send it again when the cluster is calm.");
        return null;
    }

    /// <summary>R7 is for what only reads, R4.3 for rows that can be told apart.</summary>
    private static string? Incomparable(RecoveryInput input) => input switch
    {
        { Encoded: true } =>
            "They were encoded, which leaves nothing to compare another run with; a client that does not ask for encoded results would have gone on, and so would this one with recovery.holdback: all.",
        { Statement.Kind: not StatementKind.Read } => "What is no query is not run again behind them.",
        _ => null,
    };

    private static RecoveryDecision OnceOnly(RecoveryInput input) => input.Fate switch
    {
        _ when !input.CanBePolled => OutcomeUnknown(input, Loss(input)),
        AttemptFate.Running => Answers(input),
        AttemptFate.Superseded when input.CoordinatorAnswers => Answers(input),
        AttemptFate.Unknown or AttemptFate.Superseded when input.Waited < input.WritesMaxWait => new RecoveryDecision.Wait(
            $"{input.Coordinator} is silent and may still finish the statement, which must not run twice; if it answers again, its own end is the outcome."),
        AttemptFate.Unknown or AttemptFate.Superseded =>
            OutcomeUnknown(input, $"{input.Coordinator} has not answered for {input.Waited.TotalSeconds:0} s while it ran this statement"),
        AttemptFate.Lost => LostWrites.Decide(input),
        _ => throw new InvalidOperationException($"no such fate: {input.Fate}"),
    };

    internal static RecoveryDecision.Fail OutcomeUnknown(RecoveryInput input, string happened) =>
        new(SegueErrors.OutcomeUnknown,
            $"{happened}, and it may or may not have taken effect. It was not run again. Before you send it again, look at what it "
            + (input.QueryId is null ? "would have changed." : $"would have changed, or for query {input.QueryId} in the table's history."),
            ClearTransaction: input.InTransaction);

    /// <summary>The snapshot itself turns silence into a loss; this bounds the case that it never can.</summary>
    private static RecoveryDecision WaitOutSilence(RecoveryInput input) => input.Waited < input.HoldMaxTime
        ? new RecoveryDecision.Wait($"{input.Coordinator} is silent and not given up yet.")
        : new RecoveryDecision.Fail(SegueErrors.HoldTimeout,
            $"{input.Coordinator} has been silent for {input.Waited.TotalSeconds:0} s and no other coordinator took over. "
            + (input.MayHaveBegun ? "The statement changed nothing. " : "The statement had not begun. ") + "Send it again when the cluster answers.");

    private static RecoveryDecision InTransaction(RecoveryInput input)
    {
        var answers = input.Fate == AttemptFate.Running || (input.Fate == AttemptFate.Superseded && input.CoordinatorAnswers);
        if (answers && input.CanBePolled)
            return Answers(input);
        if (answers)
            return input.MayHaveBegun
                ? OutcomeUnknown(input, Loss(input))
                : new RecoveryDecision.SubmitAgain($"Its transaction lives on {input.Coordinator}, so it is submitted there.");
        if (input.Fate != AttemptFate.Lost && input.Waited < input.WritesMaxWait)
            return new RecoveryDecision.Wait($"{input.Coordinator} is silent, and the transaction lives there alone.");
        return input.Statement.Kind switch
        {
            StatementKind.Rollback => new RecoveryDecision.RollbackSucceeded(
                $"The transaction ended with {input.Coordinator}, which is what ROLLBACK asked for."),
            StatementKind.Commit when input.MayHaveBegun => OutcomeUnknown(input, $"{input.Coordinator} was lost while it committed the transaction"),
            _ => TransactionLost(input),
        };
    }

    private static RecoveryDecision.Fail TransactionLost(RecoveryInput input) =>
        new(SegueErrors.TransactionLost,
            $"The transaction was held by {input.Coordinator}, which was lost, and ended with it uncommitted. Begin it again.",
            ClearTransaction: true);
}
