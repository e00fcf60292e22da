using System.Collections.Immutable;

namespace Segue.Core.Recovery;

/// <summary>
/// Turns the counts of recoveries into one sentence for each failover, where one for each query would flood the history: said once nothing was added
/// between two looks, and not later than after <see cref="LooksAtMost"/>.
/// </summary>
public sealed record RecoveryTally
{
    private const int LooksAtMost = 12;

    private ImmutableSortedDictionary<string, long> Told { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    private ImmutableSortedDictionary<string, long> Seen { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    private int Looks { get; init; }

    /// <param name="totals">All recoveries so far by outcome.</param>
    /// <returns>The next state, and what is to be said, e.g. <c>12 queries run again, 1 ended in an error</c>.</returns>
    public (RecoveryTally Next, string? Sentence) Look(ImmutableSortedDictionary<string, long> totals)
    {
        var added = totals
            .Select(pair => (Outcome: pair.Key, Count: pair.Value - Told.GetValueOrDefault(pair.Key)))
            .Where(static one => one.Count > 0)
            .ToList();
        if (added.Count == 0)
            return (this, null);
        var isQuiet = totals.All(pair => Seen.GetValueOrDefault(pair.Key) == pair.Value);
        if (!isQuiet && Looks + 1 < LooksAtMost)
            return (this with { Seen = totals, Looks = Looks + 1 }, null);
        return (new RecoveryTally { Told = totals, Seen = totals }, string.Join(", ", added.Select(static one => $"{one.Count} {Word(one.Outcome)}")));
    }

    private static string Word(string outcome) => outcome == "refused" ? "ended in an error" : outcome.Replace('_', ' ');
}
