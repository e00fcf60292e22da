namespace Segue.Core.Recovery;

/// <summary>What is done about a statement whose coordinator does not simply answer, and why.</summary>
public abstract record RecoveryDecision
{
    private RecoveryDecision(string sentence) => Sentence = sentence;

    /// <summary>For the log, the history and, in <see cref="Fail"/>, the client.</summary>
    public string Sentence { get; }

    /// <summary>
    /// It has not begun anywhere: back into the hold, to be submitted to whoever is open. In a transaction: to the transaction's coordinator.
    /// </summary>
    public sealed record SubmitAgain(string Why) : RecoveryDecision(Why);

    /// <summary>It may have begun, and a second run does no harm: a new attempt, counted.</summary>
    public sealed record RunAgain(string Why) : RecoveryDecision(Why);

    /// <summary>
    /// The same where rows were delivered: nothing of the new attempt reaches the client before it was found to complete them (R7).
    /// </summary>
    public sealed record ResumeBehind(string Why) : RecoveryDecision(Why);

    /// <summary>Poll the attempt that there is; its own end is the outcome.</summary>
    public sealed record PollOn(string Why) : RecoveryDecision(Why);

    /// <summary>Answer with a QUEUED page, and ask again when the snapshot changes or time has passed.</summary>
    public sealed record Wait(string Why) : RecoveryDecision(Why);

    /// <summary>Wait likewise, while whoever keeps the write's effect is asked for it (R6.3).</summary>
    public sealed record AskOutcome(string Why) : RecoveryDecision(Why);

    /// <summary>The write had taken effect: the last page that its coordinator would have given.</summary>
    /// <param name="Rows">How many rows it changed; null where that is not known.</param>
    /// <param name="Why">How that is known.</param>
    public sealed record Succeeded(long? Rows, string Why) : RecoveryDecision(Why);

    /// <summary>End the statement with this error.</summary>
    /// <param name="Error">Name, code and type of the error page.</param>
    /// <param name="Why">Its message.</param>
    /// <param name="ClearTransaction">The page carries <c>Clear-Transaction-Id</c> (R6.6).</param>
    public sealed record Fail(SegueError Error, string Why, bool ClearTransaction = false) : RecoveryDecision(Why);

    /// <summary>A ROLLBACK whose transaction is gone: a successful last page with <c>Clear-Transaction-Id</c> (R6.6).</summary>
    public sealed record RollbackSucceeded(string Why) : RecoveryDecision(Why);
}
