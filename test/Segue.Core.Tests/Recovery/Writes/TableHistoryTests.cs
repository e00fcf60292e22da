using System.Collections.Immutable;
using Segue.Core.Recovery.Writes;

namespace Segue.Core.Tests.Recovery.Writes;

public sealed class TableHistoryTests
{
    private const string First = "20260101_120000_00001_aaaaa";
    private const string Second = "20260101_120030_00001_bbbbb";

    /// <summary>Snapshots as second:query or second:query:gap, and what they say.</summary>
    public static TheoryData<string, string> Histories => new()
    {
        { "-60:other",                      "NotCommitted" },
        { "-60:other 5:other",              "NotCommitted" },
        { "-60: 5:other",                   "NotCommitted" },
        { "-60:other 5:first",              "Committed" },
        { "-60:other 5:second",             "Committed" },
        { "5:first",                        "Committed" },
        // its clock went wrong, its name did not
        { "-60:first",                      "Committed" },
        { "-60:other 5:first 6:other:gap",  "Committed" },
        { "",                               "CannotTell" },
        { "5:other",                        "CannotTell" },
        { "0:other",                        "CannotTell" },
        { "-60:other 5:other:gap",          "CannotTell" },
        { "-60:other:gap 5:other",          "NotCommitted" },
        { "-60:other 5:",                   "CannotTell" },
    };

    [Theory]
    [MemberData(nameof(Histories))]
    public void Not_committed_needs_a_whole_history_from_before_the_first_attempt(string history, string said) =>
        TableHistory.Judge(Target(WriteKind.Insert), Snapshots(history), [First, Second]).GetType().Name.ShouldBe(said);

    [Fact]
    public void An_id_that_tells_no_time_tells_no_beginning() =>
        TableHistory.Judge(Target(WriteKind.Insert), Snapshots("-60:other"), ["mine"]).ShouldBeOfType<WriteOutcome.CannotTell>();

    [Theory]
    [InlineData(WriteKind.Insert,        "added-records=5",                               5L)]
    [InlineData(WriteKind.CreateTableAs, "added-records=5",                               5L)]
    [InlineData(WriteKind.CreateTableAs, "total-records=0",                               0L)]
    [InlineData(WriteKind.Delete,        "added-position-deletes=3",                      3L)]
    [InlineData(WriteKind.Delete,        "deleted-records=4",                             4L)]
    [InlineData(WriteKind.Delete,        "deleted-records=4 added-position-deletes=3",    null)]
    [InlineData(WriteKind.Update,        "added-records=2 added-position-deletes=2",      2L)]
    [InlineData(WriteKind.Merge,         "added-records=2 added-position-deletes=1",      null)]
    public void The_count_of_rows_is_told_where_the_snapshot_tells_it(WriteKind kind, string summary, long? rows)
    {
        var numbers = summary.Split(' ').Select(static pair => pair.Split('=')).ToImmutableDictionary(static pair => pair[0], static pair => pair[1]);
        TableHistory.Judge(Target(kind), [new TableSnapshot(At(5), First, true, numbers)], [First]).ShouldBe(new WriteOutcome.Committed(rows));
    }

    private static WriteTarget Target(WriteKind kind) => new(kind, "lake", "s", "t");

    private static DateTimeOffset At(int second) => new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(second);

    private static ImmutableArray<TableSnapshot> Snapshots(string history) =>
    [
        .. history.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static one => one.Split(':')).Select(static one => new TableSnapshot(
            At(int.Parse(one[0])),
            one[1] switch { "first" => First, "second" => Second, "" => null, _ => "20260101_115900_00007_ccccc" },
            one.Length == 2,
            ImmutableDictionary<string, string>.Empty)),
    ];
}
