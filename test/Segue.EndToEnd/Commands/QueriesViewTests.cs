using Segue.Server.Admin;

namespace Segue.EndToEnd.Commands;

public sealed class QueriesViewTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly QueryReport Held = new()
    {
        Id = "20260301_115958_00001_abcde",
        Cluster = "main",
        User = "bob",
        Statement = "INSERT INTO t VALUES ('…')",
        MayHaveEffects = true,
        State = "held",
        CreatedAt = Noon.AddSeconds(-2),
        WaitingSince = Noon.AddSeconds(-2),
        RowsDelivered = 0,
        Runs = [],
        Story = [new MomentReport(Noon.AddSeconds(-2), "It waits: no coordinator is ready")],
        StoryLeftOut = 0,
    };

    private static readonly QueryReport Recovered = new()
    {
        Id = "20260301_115800_00007_aaaaa",
        Cluster = "main",
        User = "alice",
        Statement = "SELECT 1",
        MayHaveEffects = false,
        State = "running",
        CreatedAt = Noon.AddSeconds(-120),
        RowsDelivered = 5,
        Runs =
        [
            new RunReport("one:8321", "20260301_115800_00007_aaaaa", Noon.AddSeconds(-120), 0, "The client sent it."),
            new RunReport("two:8321", "20260301_115900_00001_bbbbb", Noon.AddSeconds(-60), 5, "one:8321 was lost."),
        ],
        Story =
        [
            new MomentReport(Noon.AddSeconds(-119.75), "one:8321 took it as 20260301_115800_00007_aaaaa."),
            new MomentReport(Noon.AddSeconds(-60), "one:8321 was lost."),
        ],
        StoryLeftOut = 0,
    };

    [Fact]
    public void Each_query_with_its_runs_and_why_it_waits() => StatusViewTests.Rendered(QueriesView.List(new QueryListReport { At = Noon, Queries = [Recovered, Held], LeftOut = 3, Missing = [] }, TimeZoneInfo.Utc)).ShouldBe("""
        1 running, 1 held; 3 younger ones are not shown

        20260301_115800_00007_aaaaa: running, of alice, 2 min 0 s old, 5 rows delivered
          SELECT 1
          COORDINATOR  AS                           SINCE     ROWS  BEGUN BECAUSE
          one:8321     20260301_115800_00007_aaaaa  11:58:00  0     The client sent it.
          two:8321     20260301_115900_00001_bbbbb  11:59:00  5     one:8321 was lost.

        20260301_115958_00001_abcde: held for 2.0 s, of bob, 2.0 s old, 0 rows delivered
          INSERT INTO t VALUES ('…')
          now: It waits: no coordinator is ready
        """);

    [Fact]
    public void Of_several_members_who_serves_a_query_and_who_did_not_answer() => StatusViewTests.Rendered(QueriesView.List(
        new QueryListReport { At = Noon, Queries = [Held with { Member = "0a1b" }], LeftOut = 0, Missing = ["2c3d"] }, TimeZoneInfo.Utc)).ShouldBe("""
        1 held
        member 2c3d did not answer: its queries are missing

        20260301_115958_00001_abcde: held for 2.0 s, of bob, 2.0 s old, 0 rows delivered, served by member 0a1b
          INSERT INTO t VALUES ('…')
          now: It waits: no coordinator is ready
        """);

    [Fact]
    public void The_story_of_one_with_its_times() => StatusViewTests.Rendered(QueriesView.One(Recovered, Noon, TimeZoneInfo.Utc)).ShouldBe("""
        20260301_115800_00007_aaaaa: running, of alice, 2 min 0 s old, 5 rows delivered
          SELECT 1
          COORDINATOR  AS                           SINCE     ROWS  BEGUN BECAUSE
          one:8321     20260301_115800_00007_aaaaa  11:58:00  0     The client sent it.
          two:8321     20260301_115900_00001_bbbbb  11:59:00  5     one:8321 was lost.

        what happened
          WHEN          WHAT
          11:58:00.000  Its client sent it.
          11:58:00.250  one:8321 took it as 20260301_115800_00007_aaaaa.
          11:59:00.000  one:8321 was lost.
        """);

    [Fact]
    public void Nothing_is_said_in_words() =>
        StatusViewTests.Rendered(QueriesView.List(new QueryListReport { At = Noon, Queries = [], LeftOut = 0, Missing = [] }, TimeZoneInfo.Utc)).ShouldBe("no query runs, is held or recovers");
}
