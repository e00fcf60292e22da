using System.Collections.Immutable;
using System.Text;
using Segue.Core.Discovery;
using Segue.Core.Model;

namespace Segue.Core.Tests.Discovery;

/// <summary>R9: a list is answered only on evidence.</summary>
public sealed class ServiceListTests
{
    private static readonly AnnouncementTable Fresh = AnnouncementTable.StartedAt(At(0));

    // heard: node → seconds at which it announced itself; workers are w…, coordinators c…
    public static readonly TheoryData<string, string, int, string> Lists = new()
    {
        { "before the warm-up",                             "w1@1",                          9,   "refused" },
        { "after the warm-up",                              "w1@1",                          10,  "w1" },
        { "nobody ever announced",                          "",                              20,  "refused" },
        { "one of three missed its time",                   "w1@1 w2@1 w3@1 w1@35 w2@35",    40,  "w1 w2" },
        { "half of them missed their time",                 "w1@1 w2@1 w1@35",               40,  "w1" },
        { "more than half missed their time",               "w1@1 w2@1 w3@1 w1@35",          40,  "refused" },
        { "the last one missed its time",                   "w1@1",                          40,  "refused" },
        { "all workers missed, coordinators are heard",     "c1@1 c2@1 w1@1 c1@35 c2@35",    40,  "refused" },
        { "missing ones forgotten while another is heard",  "w1@1 w2@1 w3@1 w1@35 w1@60 w1@90 w1@120", 125, "w1" },
        { "the last ones are never forgotten",              "w1@1 w2@1",                     600, "refused" },
        { "taken back, not missed",                         "w1@1 w2@1 w3@1 -w1@5 -w2@5 -w3@5", 12, "" },
        { "a late word after it was taken back",            "w1@1 w2@1 -w1@5 w1@6",          12,  "w2" },
        { "back after the tombstone's time",                "w1@1 w2@1 -w1@5 w2@30 w1@37",   40,  "w1 w2" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public void Lists_rest_on_evidence(string story, string heard, int now, string expected)
    {
        var list = ServiceList.Of(Play(heard, now), "presto", "general", null, At(now));

        (list.Refusal is null ? string.Join(' ', Named(list).Where(node => node[0] == 'w')) : "refused").ShouldBe(expected, story);
    }

    public static readonly TheoryData<string, string?, string> Audiences = new()
    {
        { "the active coordinator",  "c1",   "c1 c2 w1 w2" },
        { "a standby",               "c2",   "c1 c2" },
        { "a worker",                "w1",   "c1 c2 w1 w2" },
        { "somebody unknown",        "curl", "c1 c2" },
        { "nobody in particular",    null,   "c1 c2" },
    };

    [Theory]
    [MemberData(nameof(Audiences))]
    public void While_standbys_are_isolated_the_asker_decides_what_is_shown(string story, string? asker, string expected)
    {
        var audience = new Audience(asker, ["c1:80"]);

        var list = ServiceList.Of(Play("c1@1 c2@1 w1@1 w2@1", 12), "presto", null, audience, At(12));

        string.Join(' ', Named(list)).ShouldBe(expected, story);
    }

    [Theory]
    [InlineData(null, null, 1)]
    [InlineData("presto", null, 1)]
    [InlineData("presto", "general", 1)]
    [InlineData("presto", "other", 0)]
    [InlineData("discovery", null, 0)]
    public void Type_and_pool_choose_the_entries(string? type, string? pool, int entries) =>
        Named(ServiceList.Of(Play("w1@1", 12), type, pool, null, At(12))).Length.ShouldBe(entries);

    [Fact]
    public void Restored_nodes_are_listed_at_once_and_count_as_seen_at_the_start()
    {
        var table = Fresh.Step(new Restore([Node("w1"), Node("w2")]), At(0)).Table;

        Named(ServiceList.Of(table, "presto", null, null, At(1))).ShouldBe(["w1", "w2"]);
        ServiceList.Of(table, "presto", null, null, At(31)).Refusal.ShouldNotBeNull();
    }

    [Fact]
    public void An_entry_without_location_gets_the_engines_own_default_and_keeps_its_properties_byte_for_byte()
    {
        var body = """{"environment":"test","nodeId":"w1","services":[{"id":"i","type":"presto","properties":{ "b":"\u0041", "a":"1" }}]}"""u8;
        var said = AnnouncementReader.Read(body.ToArray(), out _)!;
        var table = Fresh.Step(new Announce(said, null), At(1)).Table;

        Text(ServiceList.Of(table, null, null, null, At(12))).ShouldBe(
            """{"environment":"test","services":[{"id":"i","nodeId":"w1","type":"presto","pool":"general","location":"/somewhere/w1","properties":{ "b":"\u0041", "a":"1" }}]}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"environment":"test","services":[]}""")]
    [InlineData("""{"environment":"test","nodeId":"w1","services":{}}""")]
    [InlineData("""{"environment":"test","nodeId":"w1","services":[1]}""")]
    [InlineData("""{"environment":"test","nodeId":"w1","services":[{"id":"i","type":"t","properties":{"a":1}}]}""")]
    [InlineData("""{"environment":"test","nodeId":"w1","services":[{"id":"i","type":"t","properties":{"a":null}}]}""")]
    [InlineData("""{"environment":"test","nodeId":"w1","services":[]} x""")]
    [InlineData("""{"environment":"test","nodeId":"w1","services":[""")]
    public void What_is_no_announcement_is_refused_with_a_reason(string body)
    {
        AnnouncementReader.Read(Encoding.UTF8.GetBytes(body), out var problem).ShouldBeNull();
        problem.ShouldStartWith("The announcement is not understood");
    }

    [Fact]
    public void Text_that_is_not_UTF_8_is_refused_for_it_would_break_every_list()
    {
        byte[] body = [.. """{"environment":"test","nodeId":"w1","services":[{"id":"i","type":"t","properties":{"a":" """u8, 0xff, .. "\"}}]}"u8];

        AnnouncementReader.Read(body, out _).ShouldBeNull();
    }

    [Fact]
    public void The_store_is_told_only_of_changes()
    {
        var first = Fresh.Step(new Announce(Node("w1"), null), At(1));
        var again = first.Table.Step(new Announce(Node("w1"), null), At(2));
        var moved = again.Table.Step(new Announce(Node("w1", "http://elsewhere:80"), null), At(3));
        var back = moved.Table.Step(new Unannounce("w1"), At(4));

        first.Effects.Single().ShouldBeOfType<Keep>();
        again.Effects.ShouldBeEmpty();
        moved.Effects.Single().ShouldBeOfType<Keep>().Announcement.WorkerUri.ShouldBe(new Uri("http://elsewhere:80"));
        back.Effects.Single().ShouldBeOfType<Forget>();
    }

    [Fact]
    public void A_silent_node_is_told_of_once()
    {
        var table = Fresh.Step(new Announce(Node("w1"), null), At(1)).Table;
        var missed = 0;
        for (var second = 2; second < 100; second++)
        {
            var step = table.Step(new Tick(), At(second));
            missed += step.Effects.OfType<Missed>().Count();
            table = step.Table;
        }

        missed.ShouldBe(1);
    }

    private static AnnouncementTable Play(string heard, int now)
    {
        var table = Fresh;
        var at = 0;
        foreach (var word in heard.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, second) = (word.Split('@')[0], int.Parse(word.Split('@')[1], null));
            table = Tick(table, ref at, second);
            TableInput input = name[0] == '-' ? new Unannounce(name[1..]) : new Announce(Node(name), null);
            table = table.Step(input, At(second)).Table;
        }

        return Tick(table, ref at, now);
    }

    private static AnnouncementTable Tick(AnnouncementTable table, ref int at, int until)
    {
        for (; at < until; at++)
            table = table.Step(new Tick(), At(at)).Table;
        return table;
    }

    private static Announcement Node(string name, string? http = null)
    {
        var coordinator = name[0] == 'c' ? "true" : "false";
        var body = $$$"""
            {"environment":"test","nodeId":"{{{name}}}","pool":"general","services":[{"id":"id-{{{name}}}","type":"presto",
            "properties":{"coordinator":"{{{coordinator}}}","http":"{{{http ?? $"http://{name}:80"}}}"}}]}
            """;
        return AnnouncementReader.Read(Encoding.UTF8.GetBytes(body), out var problem) ?? throw new InvalidOperationException(problem);
    }

    private static ImmutableArray<string> Named(ListAnswer list) =>
        [.. Text(list).Split("\"nodeId\":\"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)])];

    private static string Text(ListAnswer list) => Encoding.UTF8.GetString(list.Json.Span);

    private static Instant At(int seconds) => new(TimeSpan.FromSeconds(seconds));
}
