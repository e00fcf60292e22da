namespace Segue.Core.Recovery.Writes;

/// <summary>R6 for what must not take effect twice and whose coordinator is lost: the truth, unless it is known that it did, or did not and cannot any more.</summary>
internal static class LostWrites
{
    public static RecoveryDecision Decide(RecoveryInput input)
    {
        var write = input.Lost;
        var lost = $"{input.Coordinator} was lost while it ran this statement";
        var idempotent = input.Statement.Kind == StatementKind.CreateIfNotExists;
        if (!idempotent && !(input.Statement.Kind == StatementKind.Write && write.Witness != Witness.None))
            return RecoveryPolicy.OutcomeUnknown(input, lost);
        if (write.Gone == Gone.Unprovable)
            return RecoveryPolicy.OutcomeUnknown(input, $"{lost}, nothing proves that its process has ended");
        if (input.Waited >= input.WritesMaxWait)
            return RecoveryPolicy.OutcomeUnknown(input, write.Gone == Gone.Awaited
                ? $"{lost}, its process was not proven to be gone within {input.WritesMaxWait.TotalSeconds:0} s"
                : $"{lost}, its outcome could not be learned within {input.WritesMaxWait.TotalSeconds:0} s");
        if (!idempotent && write.Witness == Witness.Unasked)
            return new RecoveryDecision.AskOutcome($"{input.Coordinator} was lost, and the write's catalog is asked whether it keeps a history.");
        if (write.Gone == Gone.Awaited)
            return new RecoveryDecision.Wait($"{input.Coordinator} was lost, and what it ran is not run again before its process is proven to be gone.");
        return idempotent ? Idempotent(input, lost) : Asked(input, lost);
    }

    private static RecoveryDecision Idempotent(RecoveryInput input, string lost) => input switch
    {
        // Presto answers with a row, which must not come twice (I6)
        { RowsDelivered: > 0 } => RecoveryPolicy.OutcomeUnknown(input, $"{lost}, its client has a part of the answer"),
        { Lost: { SettledFor: var settled, Settle: var settle } } when settled < settle => Settles(input),
        _ => RecoveryPolicy.Spent(input, "It may have taken effect. ") ?? new RecoveryDecision.RunAgain(
            $"{input.Coordinator} is proven to be gone; {input.Statement.Reason}, so it is run again."),
    };

    private static RecoveryDecision Asked(RecoveryInput input, string lost) => input.Lost switch
    {
        { First: WriteOutcome.Committed(var rows) } => Committed(input, rows),
        { First: WriteOutcome.CannotTell(var why) } => RecoveryPolicy.OutcomeUnknown(input, $"{lost}, {why}"),
        { First: null } => new RecoveryDecision.AskOutcome($"{input.Coordinator} is proven to be gone, and the table is asked whether the statement took effect."),
        { SettledFor: var settled, Settle: var settle } when settled < settle => Settles(input),
        { Last: null } => new RecoveryDecision.AskOutcome("What was still on its way has arrived, and the table is asked again."),
        { Last: WriteOutcome.Committed(var rows) } => Committed(input, rows),
        { Last: WriteOutcome.CannotTell(var why) } => RecoveryPolicy.OutcomeUnknown(input, $"{lost}, {why}"),
        // its count of rows comes from the coordinator alone, behind the commit
        { Last: WriteOutcome.NotCommitted } when input.RowsDelivered > 0 =>
            RecoveryPolicy.OutcomeUnknown(input, $"{lost}, its table does not show what its client was told"),
        { Last: WriteOutcome.NotCommitted } => RecoveryPolicy.Spent(input, "It changed nothing. ") ?? new RecoveryDecision.RunAgain(
            $"{input.Coordinator} is proven to be gone, and the table's history shows that the statement took no effect, so it is run again."),
        _ => throw new InvalidOperationException($"no such outcome: {input.Lost}"),
    };

    private static RecoveryDecision.Wait Settles(RecoveryInput input) => new(
        $"{input.Coordinator} is proven to be gone; what it sent before its end gets {input.Lost.Settle.TotalSeconds:0.#} s to arrive.");

    private static RecoveryDecision.Succeeded Committed(RecoveryInput input, long? rows) => new(rows,
        $"{input.Coordinator} was lost, and the table's history shows that the statement had taken effect.");
}
