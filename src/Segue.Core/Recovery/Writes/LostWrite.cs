namespace Segue.Core.Recovery.Writes;

/// <summary>Whether the incarnation that ran a write is known to be gone (R5).</summary>
public enum Gone
{
    /// <summary>Not proven, and nothing was seen that could still become a proof.</summary>
    Unprovable,

    /// <summary>Its end was seen, or its fence command runs: a proof may still come.</summary>
    Awaited,

    Proven,
}

/// <summary>Whether anybody keeps which statements took effect.</summary>
public enum Witness
{
    /// <summary>Nobody does.</summary>
    None,

    /// <summary>Its catalog was not asked yet what it keeps.</summary>
    Unasked,

    /// <summary>Its table has a history.</summary>
    History,
}

/// <summary>What is known of a write whose coordinator was lost: the inputs of R6's last rows.</summary>
public sealed record LostWrite
{
    /// <summary>Nothing is known, or nothing may be done with it (<c>recovery.writes: never</c>).</summary>
    public static LostWrite Unknown { get; } = new();

    public Gone Gone { get; init; }

    /// <summary>How long what it sent before its end has had to arrive: since its end, or, where its catalog is asked, since that first answered.</summary>
    public TimeSpan SettledFor { get; init; }

    /// <summary>How long that must be (<c>recovery.writes.settle</c>).</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether somebody can be asked for its outcome.</summary>
    public Witness Witness { get; init; }

    /// <summary>The answer at the beginning of the settle time; null before.</summary>
    public WriteOutcome? First { get; init; }

    /// <summary>The answer to a question that was asked behind it; null before.</summary>
    public WriteOutcome? Last { get; init; }
}

/// <summary>Whether a statement's effect is there, by the word of who keeps it (R6.3).</summary>
public abstract record WriteOutcome
{
    private WriteOutcome()
    {
    }

    /// <param name="Rows">How many rows it changed; null where that is not told.</param>
    public sealed record Committed(long? Rows) : WriteOutcome;

    public sealed record NotCommitted : WriteOutcome;

    /// <param name="Why">A clause for the error's text.</param>
    public sealed record CannotTell(string Why) : WriteOutcome;
}
