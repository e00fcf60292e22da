using System.Collections.Immutable;

namespace Segue.Core.Recovery;

/// <summary>An error that Segue itself ends a statement with, as the engines' clients show it.</summary>
/// <param name="Name">The page's <c>errorName</c>.</param>
/// <param name="Code">The page's <c>errorCode</c>.</param>
/// <param name="Type">The page's <c>errorType</c>, one of the engines' own.</param>
/// <param name="Meaning">One line for the documentation.</param>
public sealed record SegueError(string Name, int Code, string Type, string Meaning);

/// <summary>Every error that Segue makes; docs are checked against <see cref="All"/>.</summary>
public static class SegueErrors
{
    // far behind the blocks that engines and connectors number theirs in
    private const int Base = 0x5E60_0000;
    private const string Internal = "INTERNAL_ERROR";
    private const string Resources = "INSUFFICIENT_RESOURCES";

    public static readonly SegueError QueryLost = new("SEGUE_QUERY_LOST", Base + 1, Internal,
        "The coordinator was lost after rows had been delivered, and another run does not complete them, or its text was not kept; it changed nothing and can be sent again.");

    public static readonly SegueError OutcomeUnknown = new("SEGUE_OUTCOME_UNKNOWN", Base + 2, Internal,
        "The coordinator was lost while it ran a statement with side effects; whether it took effect is not known.");

    public static readonly SegueError TransactionLost = new("SEGUE_TRANSACTION_LOST", Base + 3, Internal,
        "The coordinator that held the transaction was lost and the transaction with it; begin it again.");

    public static readonly SegueError TooManyAttempts = new("SEGUE_TOO_MANY_ATTEMPTS", Base + 4, Internal,
        "Every run that recovery.attempts allows was lost with its coordinator.");

    public static readonly SegueError PoisonQuery = new("SEGUE_POISON_QUERY", Base + 5, Internal,
        "The query was running when two coordinators died in a row, so it is not run a third time.");

    public static readonly SegueError HoldTimeout = new("SEGUE_HOLD_TIMEOUT", Base + 6, Resources,
        "No coordinator could take or finish the statement within hold.max_time.");

    public static readonly SegueError HoldFull = new("SEGUE_HOLD_FULL", Base + 7, Resources,
        "More statements are held than hold.max_queries, hold.max_bytes or hold.max_per_user allows.");

    public static readonly SegueError Restarted = new("SEGUE_RESTARTED", Base + 8, Internal,
        "Segue was restarted, or the member of it that followed the query ended, and the query cannot be followed any further; it changed nothing and can be run again.");

    public static readonly SegueError Canceled = new("SEGUE_CANCELED", Base + 9, "USER_ERROR",
        "An operator cancelled the query over Segue's admin port.");

    public static ImmutableArray<SegueError> All { get; } =
        [QueryLost, OutcomeUnknown, TransactionLost, TooManyAttempts, PoisonQuery, HoldTimeout, HoldFull, Restarted, Canceled];
}
