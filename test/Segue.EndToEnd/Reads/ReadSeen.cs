using Segue.Server.Admin;

namespace Segue.EndToEnd.Reads;

/// <summary>What Segue did for a statement that ended.</summary>
internal enum ReadFate
{
    Untouched,

    /// <summary>It waited before any coordinator had it.</summary>
    Held,

    /// <summary>A coordinator had it and nothing had begun.</summary>
    SubmittedAgain,

    /// <summary>Its coordinator was silent, and answered.</summary>
    PolledOn,

    /// <summary>It had begun, and there were no rows yet.</summary>
    RunAgain,

    /// <summary>The same, and rows that Segue had kept back were replaced unseen.</summary>
    HeldBack,

    /// <summary>Another run went on behind the rows that the client had.</summary>
    Resumed,
}

/// <summary>One statement as its client saw it.</summary>
/// <param name="Rows">What it was given.</param>
/// <param name="Wrong">What no quiet run gives, or that it came to no end; null where it ended in the right rows or in an error.</param>
/// <param name="Error">The error that it ended in.</param>
/// <param name="Query">Segue's own account of it; null where the client got no end.</param>
internal sealed record ReadSeen(string Client, ReadShape Shape, TimeSpan Took, long Rows, string? Wrong, string? Error, QueryReport? Query)
{
    public ReadFate Fate => Query?.Runs switch
    {
        null => ReadFate.Untouched,
        [.. var before, _] when before.Any(static run => run.RowsDelivered > 0) => ReadFate.Resumed,
        [_, _, ..] when Query.Story.Any(static moment => moment.Sentence.Contains("kept back", StringComparison.Ordinal)) => ReadFate.HeldBack,
        [_, .. var again] when again.Any(static run => run.Why.Contains("run again", StringComparison.Ordinal)) => ReadFate.RunAgain,
        [_, _, ..] => ReadFate.SubmittedAgain,
        _ when Query.Story.Any(static moment => moment.Sentence.EndsWith("it runs on.", StringComparison.Ordinal)) => ReadFate.PolledOn,
        _ when Query.Story.Any(static moment => moment.Sentence.StartsWith("It waits", StringComparison.Ordinal)) => ReadFate.Held,
        _ => ReadFate.Untouched,
    };

    /// <summary>It is as it must be: the right rows, or an error where a statement gives other rows each time and some were delivered.</summary>
    public bool IsRight => Wrong is null && (Error is null || (!Shape.IsDeterministic && Error.StartsWith("SEGUE_QUERY_LOST", StringComparison.Ordinal)));

    public override string ToString() => $"{Shape.Name} of {Client}, {Rows} rows in {Took.TotalSeconds:0.0} s, {Query?.Id}: {Wrong ?? Error ?? "right"}";
}
