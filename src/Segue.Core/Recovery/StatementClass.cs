using System.Collections.Immutable;
using Segue.Core.Recovery.Resuming;

namespace Segue.Core.Recovery;

/// <summary>What running a statement twice could do (R6.1).</summary>
public enum StatementKind
{
    /// <summary>It only reads.</summary>
    Read,

    /// <summary>It changes nothing but what the client remembers of its session, and does so the same way each time.</summary>
    SessionOnly,

    /// <summary>It may run again until its transaction id was delivered (R6.6).</summary>
    StartTransaction,

    /// <summary>A write: it makes a transaction's writes lasting.</summary>
    Commit,

    Rollback,

    /// <summary><c>CREATE TABLE | SCHEMA | CATALOG IF NOT EXISTS</c> without AS: a write that finds its own work done.</summary>
    CreateIfNotExists,

    /// <summary>It may have side effects, or nothing better is known.</summary>
    Write,
}

/// <param name="Kind">What running it twice could do.</param>
/// <param name="Reason">Why it was taken for that, one short sentence without a full stop.</param>
/// <param name="Ordered">
/// Its rows may have an order: ORDER BY somewhere outside OVER() and aggregates, or a SHOW, DESCRIBE or EXPLAIN (R7).
/// </param>
public sealed record StatementClass(StatementKind Kind, string Reason, bool Ordered = false)
{
    /// <summary>By which columns its rows are sorted; default where its text does not tell.</summary>
    public ImmutableArray<SortKey> SortKeys { get; init; }
}
