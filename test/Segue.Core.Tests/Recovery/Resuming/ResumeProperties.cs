using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Protocol;
using Segue.Core.Recovery.Resuming;

namespace Segue.Core.Tests.Recovery.Resuming;

/// <summary>I6 and R7 over runs with duplicates and ties, killed anywhere, run again in any order, in pages cut anywhere.</summary>
public sealed class ResumeProperties
{
    private const ulong Key = 5;

    /// <summary>A key with ties, and a value: few, so that rows repeat.</summary>
    private static readonly Gen<string> Row =
        from key in Gen.Elements("1", "2", "3", "\"a,]\"", "null")
        from value in Gen.Elements("0", "[1,{\"x\":\"]\"}]", "\"é\\\"\"")
        select $"[{value},{key}]";

    private static readonly Gen<int[]> Chunkings = Gen.Choose(1, 60).ArrayOf();

    private static readonly Gen<Story> Stories =
        from rows in Row.NonEmptyListOf()
        from kill in Gen.Choose(1, rows.Count)
        from shuffled in Gen.Shuffle(rows.ToArray())
        from change in Gen.Frequency((4, Gen.Constant("as it was")), (1, Gen.Constant("one row less")), (1, Gen.Constant("another row")))
        from ordered in Gen.Elements(true, false)
        from keysKnown in Gen.Elements(true, true, false)
        from list in Gen.Elements(true, true, false)
        from chunks in Chunkings
        select new Story([.. rows], kill, [.. shuffled], change, ordered, keysKnown, list, chunks);

    [Fact]
    public void What_follows_delivered_rows_is_what_the_rule_says_word_for_word() => ForAll(story =>
    {
        var expected = story.List
            ? SlowResume.Rest(story.Delivered, story.Run, story.Ordered, story.KeysKnown ? KeyOf : null)
            : story.Run.Take(story.Delivered.Count).Order().SequenceEqual(story.Delivered.Order()) ? story.Run[story.Delivered.Count..] : null;
        Resume(story).ShouldBe(expected);
    });

    [Fact]
    public void I6_a_client_has_the_rows_of_the_new_run_each_once_in_an_order_that_it_allows() => ForAll(story =>
    {
        if (Resume(story) is not { } rest)
            return;
        var client = story.Delivered.Concat(rest).ToList();
        client.Order(StringComparer.Ordinal).ShouldBe(story.Run.Order(StringComparer.Ordinal));
        if (story.Ordered)
            client.Select(KeyOf).ShouldBe(client.Select(KeyOf).Order(StringComparer.Ordinal));
    });

    [Fact]
    public void A_run_of_the_same_rows_is_refused_only_where_the_order_or_the_list_is_not_known() => ForAll(story =>
    {
        if (story is { Change: "as it was", List: true } and ({ Ordered: false } or { KeysKnown: true }))
            Resume(story).ShouldNotBeNull();
    });

    [Fact]
    public void A_check_is_not_fed_behind_its_failure()
    {
        var check = new ResumeCheck(new RowTally(1, 7), rows: null, ordered: false);
        check.Next(8, null).ShouldBeFalse();
        check.Failure.ShouldBe(ResumeFailure.OtherBeginning);
        Should.Throw<InvalidOperationException>(() => check.Next(7, null));
    }

    private static void ForAll(Action<Story> holds) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Stories.ToArbitrary(), holds));

    private static string KeyOf(string row) => JsonDocument.Parse(row).RootElement[1].GetRawText();

    /// <summary>As the gateway does it: hashes from the taps of both runs' pages.</summary>
    /// <returns>What the client gets behind what it has; null for an error.</returns>
    private static List<string>? Resume(Story story)
    {
        var first = Hashes(story.First, story.Chunks);
        var delivered = new RowTally(story.Delivered.Count, RowTally.SumOf(first.Span[..story.Delivered.Count]));
        var rows = story.List ? new RowMultiset(new RowSlot[RowMultiset.SlotsFor(delivered.Rows)]) : null;
        rows?.Add(first.Span[..story.Delivered.Count]);
        var check = new ResumeCheck(delivered, rows, story.Ordered);
        var kept = new List<string>();
        var again = Hashes(story.Run, story.Chunks.Reverse());
        for (var i = 0; i < story.Run.Count; i++)
        {
            var key = story.KeysKnown ? RowKey.Of(Encoding.UTF8.GetBytes(story.Run[i]), [1], Key) : null;
            if (check.Next(again.Span[i], key))
                kept.Add(story.Run[i]);
            if (check.Phase == ResumePhase.Failed)
                return null;
        }
        check.End();
        return check.Phase == ResumePhase.Resumed ? kept : null;
    }

    private static ReadOnlyMemory<UInt128> Hashes(IReadOnlyList<string> rows, IEnumerable<int> chunks)
    {
        var tap = new RowTap(Key);
        var scanner = new PageScanner(tap: tap);
        var page = Encoding.UTF8.GetBytes($$$"""{"id":"q","data":[{{{string.Join(",", rows)}}}],"stats":{}}""").AsSpan();
        foreach (var size in chunks.Append(page.Length))
        {
            for (var chunk = page[..Math.Min(size, page.Length)]; !chunk.IsEmpty;)
            {
                var consumed = scanner.Feed(chunk).Consumed;
                chunk = chunk[consumed..];
                page = page[consumed..];
            }
        }
        return tap.Hashes;
    }

    /// <param name="Rows">The first run's, before it is sorted.</param>
    /// <param name="Kill">Rows of it that the client got.</param>
    /// <param name="Shuffled">The same as the second run begins with.</param>
    internal sealed record Story(List<string> Rows, int Kill, List<string> Shuffled, string Change, bool Ordered, bool KeysKnown, bool List, int[] Chunks)
    {
        public List<string> First => Sorted(Rows);

        public List<string> Delivered => First[..Kill];

        public List<string> Run => Sorted(Change switch
        {
            "one row less" => Shuffled[1..],
            "another row" => [.. Shuffled[1..], "[9,2]"],
            _ => Shuffled,
        });

        // stable: ties keep the order they came in
        private List<string> Sorted(List<string> rows) => Ordered ? [.. rows.OrderBy(KeyOf, StringComparer.Ordinal)] : rows;
    }
}
