using System.Net;
using System.Runtime.Versioning;
using System.Text;
using Segue.Core.Model;
using Segue.EndToEnd.Networks;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Members;

/// <summary>Clients of several members: any of them serves any poll, and a dead one's clients go on at another (R3, R9).</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PathsTests
{
    /// <summary>Long enough to be under way while members die: its pages come by and by.</summary>
    private const string LongRead = "SELECT orderkey FROM tpch.tiny.orders";

    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task A_query_is_polled_at_each_member_in_turn(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        using var front = new AnyMember(trio.Members);
        var run = await front.RunAsync(LongRead, at => trio.Members[at % 3]);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run.SelectMany(static reply => reply.Rows).Count().ShouldBe(15_000);
    }

    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task A_killed_members_clients_go_on_at_another(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        using var front = new AnyMember(trio.Members);
        var (killed, other) = (trio.Members[1], trio.Members[2]);
        var read = await front.SendAsync(killed, HttpMethod.Post, "/v1/statement", LongRead);
        while (!read.Rows.Any())
            read = await front.SendAsync(killed, HttpMethod.Get, read.NextUri!);
        var delivered = read.Rows.Count();
        await killed.WaitForJournalAsync(Trio.Patience);
        await front.RunAsync("CREATE TABLE memory.default.kept (x bigint)", _ => killed);
        var write = await front.SendAsync(killed, HttpMethod.Post, "/v1/statement", "INSERT INTO memory.default.kept VALUES (1), (2)");
        var begun = await front.SendAsync(killed, HttpMethod.Get, write.NextUri!);
        killed.Process.Kill();

        var rest = await front.FollowAsync(read, _ => other);
        rest[^1].State.ShouldBe("FINISHED", rest[^1].Json.ToString());
        (delivered + rest.Skip(1).SelectMany(static reply => reply.Rows).Count()).ShouldBe(15_000);
        var written = await front.FollowAsync(begun, _ => other);
        written[^1].State.ShouldBe("FINISHED", written[^1].Json.ToString());
        var rows = await front.RunAsync("SELECT x FROM memory.default.kept ORDER BY x", _ => other);
        rows.SelectMany(static reply => reply.Rows).ShouldBe(["[1]", "[2]"]);
    }

    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task What_a_killed_member_held_goes_on_at_another(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        using var front = new AnyMember(trio.Members);
        var (killed, other) = (trio.Members[1], trio.Members[2]);
        var post = await front.SendAsync(killed, HttpMethod.Post, "/v1/statement", LongRead);
        await killed.WaitForJournalAsync(Trio.Patience);
        foreach (var coordinator in trio.Coordinators)
            coordinator.Process.Kill();
        await Trio.WaitAsync("a hold", trio.Members, static status => status.Holding);
        var held = await front.SendAsync(killed, HttpMethod.Get, post.NextUri!);
        held.State.ShouldBe("QUEUED");
        killed.Process.Kill();
        await trio.Coordinators[0].RestartAsync();

        var run = await front.FollowAsync(held, _ => other);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run.SelectMany(static reply => reply.Rows).Count().ShouldBe(15_000);
    }

    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task All_members_are_restarted_in_turn_under_load_and_no_query_fails(string store)
    {
        await using var trio = await Trio.StartAsync(store, members: "{ drain: 2s }");
        using var front = new AnyMember(trio.Members);
        using var stop = new CancellationTokenSource();
        var writer = new BalancedWriter(front, TimeSpan.FromMilliseconds(50));
        await writer.PrepareAsync();
        var active = (await trio.ActiveAsync()).Name;
        var load = Enumerable.Range(0, 6).Select(reader => ReadAsync(front, reader, stop.Token)).ToList();
        var writing = writer.RunAsync(static (_, _, _) => { }, static () => TimeSpan.Zero, stop.Token);
        foreach (var member in trio.Members)
        {
            member.Process.Terminate();
            await member.Process.WaitForExitAsync(Trio.Patience);
            await member.StartAgainAsync();
            await Trio.WaitAsync("all route again", trio.Members, static status => !status.Holding);
            var written = writer.Told.Values.Sum();
            await Until.TrueAsync(() => writer.Told.Values.Sum() > written, Trio.Patience, () => "one more write");
            foreach (var one in trio.Members)
                (await one.StatusAsync()).Active.ShouldBe(active);
        }
        stop.Cancel();
        foreach (var reader in load)
            (await reader).ShouldBeGreaterThan(0);
        await writing;
        writer.Told.Keys.ShouldBe(["success"]);
        (await writer.JudgeAsync()).ShouldBeEmpty();
        // nor was it another one in between
        (await trio.Members[0].ReportAsync()).Events.Select(static happened => happened.Kind).ShouldNotContain(static kind => kind == EventKinds.Failover || kind == EventKinds.Moved);
    }

    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task What_a_node_tells_one_member_all_list_within_a_second(string store)
    {
        await using var trio = await Trio.StartAsync(store, discovery: "{ mode: front }");
        using var http = new HttpClient();
        await AnnounceAsync(HttpMethod.Put, 0, "w1");
        foreach (var member in trio.Members)
            await ListsAsync(member, static list => list.Contains("\"w1\"", StringComparison.Ordinal), Trio.Patience, "w1");
        await AnnounceAsync(HttpMethod.Put, 1, "w2");
        foreach (var member in trio.Members)
            await ListsAsync(member, static list => list.Contains("\"w2\"", StringComparison.Ordinal), TimeSpan.FromSeconds(1), "w2");
        await AnnounceAsync(HttpMethod.Delete, 2, "w2");
        foreach (var member in trio.Members)
            await ListsAsync(member, static list => !list.Contains("\"w2\"", StringComparison.Ordinal), TimeSpan.FromSeconds(1), "no w2");

        async Task AnnounceAsync(HttpMethod method, int member, string node)
        {
            using var request = new HttpRequestMessage(method, new Uri(trio.Members[member].Listen, $"/v1/announcement/{node}"))
            {
                Content = method == HttpMethod.Put ? new StringContent(
                    $$$"""{"environment":"test","nodeId":"{{{node}}}","pool":"general","location":"/{{{node}}}","services":[{"id":"id-{{{node}}}","type":"presto","properties":{"coordinator":"false","http":"http://127.0.0.1:1"}}]}""",
                    Encoding.UTF8) : null,
            };
            using var answer = await http.SendAsync(request);
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        }

        Task ListsAsync(SegueFront member, Func<string, bool> expected, TimeSpan patience, string what) => Until.TrueAsync(async () =>
        {
            using var answer = await http.GetAsync(new Uri(member.Listen, "/v1/service/presto/general"));
            return answer.StatusCode == HttpStatusCode.OK && expected(await answer.Content.ReadAsStringAsync());
        }, patience, () => $"{what} in the list of {member.Listen}");
    }

    private static async Task<int> ReadAsync(AnyMember front, int reader, CancellationToken stop)
    {
        var done = 0;
        for (var at = reader; !stop.IsCancellationRequested; done++)
        {
            var run = await front.RunAsync(done % 3 == 0 ? LongRead : "SELECT * FROM tpch.tiny.region", _ => front.Next(ref at));
            run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
            run.SelectMany(static reply => reply.Rows).Count().ShouldBe(done % 3 == 0 ? 15_000 : 5);
        }
        return done;
    }
}
