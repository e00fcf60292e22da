namespace Segue.Core.Routing;

/// <summary>What a token says of its statement beside the numbers.</summary>
[Flags]
public enum TokenTraits : byte
{
    None = 0,

    /// <summary>The upstream path is one of the executing phase, else of the queued phase.</summary>
    Executing = 1,

    /// <summary>The statement may have side effects (R6.1).</summary>
    MayHaveEffects = 2,

    InTransaction = 4,

    /// <summary>Encoded data was delivered (R4.3).</summary>
    Encoded = 8,

    /// <summary>The attempt's first poll may have been sent.</summary>
    Begun = 16,
}

/// <summary>The state that rides on a client's <c>nextUri</c>, sealed by <see cref="TokenSeal"/> (R3.1, R3.5).</summary>
public readonly record struct QueryToken
{
    /// <summary>The id the client knows its query by: the first attempt's.</summary>
    public required string Handle { get; init; }

    /// <summary>The member process that answered the POST (R3.2).</summary>
    public required string Owner { get; init; }

    /// <summary>The coordinator's name; empty while the statement is held.</summary>
    public required string Coordinator { get; init; }

    /// <summary>From the attempt's query id; null for an id that a client chose, and while the statement is held.</summary>
    public string? Incarnation { get; init; }

    /// <summary>Counts the runs of the statement from 1; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>Path and query of the coordinator's nextUri; empty while the statement is held.</summary>
    public required string UpstreamPath { get; init; }

    /// <summary>Counts the pages given to the client; the order of tokens of one handle.</summary>
    public long Sequence { get; init; }

    /// <summary>Rows delivered up to and with the page that carries this token.</summary>
    public long Rows { get; init; }

    /// <summary>Rows of the page at <see cref="UpstreamPath"/> that were delivered before it broke off; its replay goes on behind them.</summary>
    public long Skip { get; init; }

    /// <summary>The sum over the delivered rows' hashes (R3.5); encoded data has none.</summary>
    public UInt128 RowsHash { get; init; }

    /// <summary>The key of those hashes: another member goes on with it.</summary>
    public ulong RowsKey { get; init; }

    /// <summary>Of the columns shown to the client; 0 before any were (R4.4).</summary>
    public ulong ColumnsHash { get; init; }

    public TokenTraits Traits { get; init; }

    /// <summary>True where both stand behind the same rows of the same run.</summary>
    public bool StandsWhere(in QueryToken other) =>
        (Coordinator, Incarnation, UpstreamPath, Rows, RowsHash, Skip)
        == (other.Coordinator, other.Incarnation, other.UpstreamPath, other.Rows, other.RowsHash, other.Skip);
}
