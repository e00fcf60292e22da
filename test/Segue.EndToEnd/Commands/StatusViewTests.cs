using Segue.Server.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Segue.EndToEnd.Commands;

public sealed class StatusViewTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    internal static readonly StatusReport Report = new()
    {
        Version = "0.1.0",
        At = Noon,
        StartedAt = Noon.AddHours(-26),
        DeploymentId = "d1",
        Member = "m1",
        Ready = true,
        Sentence = "main is served by two:8321",
        Clusters =
        [
            new ClusterReport
            {
                Name = "main",
                Engine = "presto",
                Active = "two:8321",
                ActiveSince = Noon.AddSeconds(-90),
                Reason = "one:8321 refused connections",
                Epoch = 4,
                Holding = false,
                Sentence = "two:8321 answers",
                Queries = new QueriesReport(12, 0, 0, 3),
                Nodes = [new NodeReport("worker-1", "http://10.0.0.7:8321", Noon)],
                LastFailover = new FailoverReport(4, 0.04, 0.03, 0.28),
                Coordinators =
                [
                    new CoordinatorReport
                    {
                        Name = "one:8321", Role = "down", Liveness = "dead", Ready = false, Evidence = "Refused",
                        Sentence = "refused connections",
                    },
                    new CoordinatorReport
                    {
                        Name = "two:8321", Role = "active", Liveness = "answering", Ready = true, Evidence = "Healthy",
                        Sentence = "answers in [2 ms]", WorkersSeen = 2, LastCanary = new CanaryReport(Noon.AddSeconds(-20), true, 0.12, "SELECT 1"),
                    },
                ],
            },
        ],
        Events =
        [
            new EventReport(Noon.AddDays(-1), "CoordinatorReady", "main", "two:8321", 3, "two:8321 is ready"),
            new EventReport(Noon.AddSeconds(-90), "Failover", "main", "two:8321", 4, "two:8321 is active"),
        ],
    };

    [Fact]
    public void The_whole_picture_in_plain_text() => Rendered(Report).ShouldBe("""
        segue 0.1.0, up 1 d 2 h, member m1 of d1
        ready: main is served by two:8321

        main (presto): two:8321 is active since 11:58:30 (1 min 30 s), epoch 4
          because: one:8321 refused connections
          now: two:8321 answers
          queries: 12 running, 0 held, 3 recovered
          last failover: detected in 40 ms, decided in 30 ms, first answer after 280 ms
          announced nodes: 1 (worker-1)
          COORDINATOR  ROLE    READY  WORKERS  CANARY            EVIDENCE
          one:8321     down    no     -        -                 refused connections
          two:8321     active  yes    2        120 ms, 20 s ago  answers in [2 ms]

        last events
          WHEN                 CLUSTER  EVENT             WHAT HAPPENED
          2026-02-28 12:00:00  main     CoordinatorReady  two:8321 is ready
          11:58:30             main     Failover          two:8321 is active
        """);

    [Fact]
    public void Of_several_members_each_has_a_line_with_what_it_acked_and_reaches()
    {
        var members = new MembersReport
        {
            Lease = new LeaseReport("mine", "m1", "this member takes the decisions"),
            Store = new StoreReport("answers", null, "the store answers"),
            Right = new RightReport("session", Noon.AddSeconds(2), null, Noon.AddSeconds(1.5), "this member may route"),
            List =
            [
                new MemberReport
                {
                    Id = "m1", Name = "n1", Self = true, Conductor = true, Machine = "host-1", Process = 7, Address = "http://host-1:8082/", Since = Noon.AddMinutes(-1),
                    AckedEpoch = 4, Ack = "present", Reach = "all", Reaches = [], Misses = [], Sentence = "it goes by epoch 4",
                },
                new MemberReport
                {
                    Id = "m2", Name = "n2", Self = false, Conductor = false, Machine = "host-2", Process = 8, Address = "http://host-2:8082/", Since = Noon.AddDays(-1),
                    AckedEpoch = 4, Ack = "present", Reach = "all", Reaches = [], Misses = [], ToldSecondsAgo = 0.3, Sentence = "it reaches every coordinator",
                },
                new MemberReport { Id = null, Name = "n3", Self = false, Conductor = false, Ack = "over", Reach = "silent", Reaches = [], Misses = [], Sentence = "its session is over" },
            ],
        };
        Rendered(Report with { Clusters = [Report.Clusters[0] with { Members = members }] }, 160).ShouldContain("""

              decisions: this member takes the decisions
              store: the store answers
              right: this member may route
              promise: it stays with what is in force for 1.5 s more, because others asked
              MEMBER  IS                   WHERE              ADDRESS              SINCE                EPOCH  STATE
              m1      this one, conductor  host-1, process 7  http://host-1:8082/  11:59:00             4      it goes by epoch 4
              m2      -                    host-2, process 8  http://host-2:8082/  2026-02-28 12:00:00  4      it reaches every coordinator (300 ms ago)
              n3      gone                 -                  -                    -                    -      its session is over

            """);
    }

    [Fact]
    public void An_event_about_a_member_names_it_and_where_it_runs() => Rendered(HistoryView.Render(
        [
            Report.Events[1],
            new EventReport(Noon.AddSeconds(-1.25), "RightLost", "main", null, 4, "this member holds") { Member = "m2", Machine = "host-2" },
        ], Noon, TimeZoneInfo.Utc)).ShouldBe("""
        WHEN          CLUSTER  EVENT      MEMBER        WHAT HAPPENED
        11:58:30.000  main     Failover   -             two:8321 is active
        11:59:58.750  main     RightLost  m2 on host-2  this member holds
        """);

    [Fact]
    public void Before_the_first_coordinator_it_says_so()
    {
        var young = Report with
        {
            Ready = false,
            Sentence = "main has no active coordinator yet: none has answered",
            Clusters = [Report.Clusters[0] with { Active = null, ActiveSince = null, Reason = null, LastFailover = null, Holding = true, Nodes = [] }],
            Events = [],
        };
        var text = Rendered(young);
        text.ShouldContain("NOT READY: main has no active coordinator yet: none has answered");
        text.ShouldContain("main (presto): no coordinator is active yet");
        text.ShouldNotContain("because");
        text.ShouldNotContain("last events");
    }

    [Theory]
    [InlineData(-1, "0 ms")]
    [InlineData(0.0354, "35 ms")]
    [InlineData(4.21, "4.2 s")]
    [InlineData(59.96, "59 s")]
    [InlineData(123, "2 min 3 s")]
    [InlineData(7380, "2 h 3 min")]
    [InlineData(273600, "3 d 4 h")]
    public void Durations_are_said_as_a_person_says_them(double seconds, string expected) => HumanDuration.Of(seconds).ShouldBe(expected);

    private static string Rendered(StatusReport report, int width = 120) => Rendered(StatusView.Render(report, TimeZoneInfo.Utc), width);

    internal static string Rendered(IRenderable picture, int width = 120)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = width;
        console.Write(picture);
        return string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd())).TrimEnd();
    }
}
