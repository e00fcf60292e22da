using System.Collections.Immutable;
using Segue.Core.Recovery;

namespace Segue.Core.Tests.Recovery;

public sealed class RecoveryTallyTests
{
    [Fact]
    public void A_burst_is_told_once_when_it_is_over_and_the_next_one_by_itself()
    {
        var told = new List<string?>();
        var tally = new RecoveryTally();
        foreach (var totals in (ImmutableSortedDictionary<string, long>[])[Of(), Of(again: 3), Of(again: 12, refused: 1), Of(again: 12, refused: 1), Of(again: 12, refused: 1), Of(again: 12, refused: 2), Of(again: 12, refused: 2)])
        {
            (tally, var sentence) = tally.Look(totals);
            told.Add(sentence);
        }
        told.ShouldBe([null, null, null, "1 ended in an error, 12 run again", null, null, "1 ended in an error"]);
    }

    [Fact]
    public void What_does_not_end_is_told_once_a_minute()
    {
        var tally = new RecoveryTally();
        var told = 0;
        for (var look = 1; look <= 120; look++)
        {
            (tally, var sentence) = tally.Look(Of(again: look));
            told += sentence is null ? 0 : 1;
        }
        told.ShouldBe(10);
    }

    private static ImmutableSortedDictionary<string, long> Of(long again = 0, long refused = 0) =>
        new Dictionary<string, long> { ["run_again"] = again, ["refused"] = refused }
            .Where(static pair => pair.Value > 0)
            .ToImmutableSortedDictionary(StringComparer.Ordinal);
}
