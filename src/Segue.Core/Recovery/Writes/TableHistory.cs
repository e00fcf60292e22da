using System.Collections.Immutable;
using System.Globalization;

namespace Segue.Core.Recovery.Writes;

/// <summary>One snapshot of a table with a history.</summary>
/// <param name="At">When it was committed, by the clock of who did.</param>
/// <param name="QueryId">Who made it; null where it does not say.</param>
/// <param name="ParentIsKnown">It has no parent, or its parent is still in the history.</param>
/// <param name="Summary">The numbers of rows, by Iceberg's names.</param>
public sealed record TableSnapshot(DateTimeOffset At, string? QueryId, bool ParentIsKnown, ImmutableDictionary<string, string> Summary);

/// <summary>What a table's history says of a statement (R6.3).</summary>
public static class TableHistory
{
    /// <param name="snapshots">The oldest one, all since the first attempt began, and any by one of the attempts.</param>
    /// <param name="attempts">The query ids of all attempts, the first one first.</param>
    public static WriteOutcome Judge(WriteTarget target, ImmutableArray<TableSnapshot> snapshots, ImmutableArray<string> attempts)
    {
        var own = snapshots.Where(snapshot => snapshot.QueryId is { } id && attempts.Contains(id)).ToList();
        if (own.Count > 0)
            return new WriteOutcome.Committed(own is [var only] ? Rows(target.Kind, only.Summary) : null);
        if (BeganAt(attempts[0]) is not { } began)
            return new WriteOutcome.CannotTell("its query id does not tell when it began");
        if (!snapshots.Any(snapshot => snapshot.At < began))
            return new WriteOutcome.CannotTell("the table's history does not reach back to before it began");
        if (snapshots.Any(snapshot => snapshot.At >= began && !snapshot.ParentIsKnown))
            return new WriteOutcome.CannotTell("the table's history has a gap");
        return snapshots.Any(snapshot => snapshot.At >= began && snapshot.QueryId is null)
            ? new WriteOutcome.CannotTell("the table has a snapshot that does not say which query made it")
            : new WriteOutcome.NotCommitted();
    }

    /// <summary>By the clock of the coordinator that made the id, which is the one that its commits are dated by.</summary>
    public static DateTimeOffset? BeganAt(string queryId) =>
        queryId.Length > 15 && DateTimeOffset.TryParseExact(queryId.AsSpan(0, 15), "yyyyMMdd_HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var began)
            ? began
            : null;

    /// <summary>Null where the summary does not tell it: what MERGE changed, and deletes that were made in two ways.</summary>
    private static long? Rows(WriteKind kind, ImmutableDictionary<string, string> summary)
    {
        var (added, removed, marked) = (Number(summary, "added-records"), Number(summary, "deleted-records"), Number(summary, "added-position-deletes"));
        return kind switch
        {
            WriteKind.CreateTableAs or WriteKind.Insert => added ?? 0,
            WriteKind.Delete => removed is null || marked is null ? removed ?? marked : null,
            WriteKind.Update => added,
            _ => null,
        };
    }

    private static long? Number(ImmutableDictionary<string, string> summary, string name) =>
        summary.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
