using System.Text.Json;
using Segue.Core.Configuration;
using Segue.Core.Discovery;
using Segue.Core.Model;
using Segue.Server.Discovery;
using Segue.Server.Members;

namespace Segue.Server.Tests.Discovery;

/// <summary>R9 with several members: what a node tells one of them all know, and a list rests on what all of them heard.</summary>
public sealed class SharedAnnouncementsTests
{
    private static readonly Uri First = new("http://127.0.0.1:11");

    private readonly SteppedTime _time = new();
    private readonly Talk _a = new("a");
    private readonly Talk _b = new("b");

    public SharedAnnouncementsTests() => (_a.Other, _b.Other) = (_b, _a);

    [Fact]
    public async Task What_a_node_tells_one_member_the_other_lists_and_forgets_with_it()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var store = new KeptInMemory();
        await using var one = await FrontHost.StartAsync(cluster, store, _time, talk: _a);
        await using var other = await FrontHost.StartAsync(cluster, store, _time, talk: _b);
        using var here = new HttpClient { BaseAddress = one.Uri };
        using var there = new HttpClient { BaseAddress = other.Uri };
        _time.Leap(AnnouncementTable.WarmUp);
        (await here.AnnounceAsync("w1")).Dispose();
        await ListsAsync(there, "w1");
        (await there.AnnounceAsync("w2")).Dispose();
        await ListsAsync(here, "w1 w2");
        (await there.DeleteAsync("/v1/announcement/w1")).Dispose();
        await ListsAsync(there, "w2");
        await ListsAsync(here, "w2");
        await Nodes.UntilAsync(() => store.CountOf("announcement/main/") == 1);
    }

    [Fact]
    public async Task While_the_other_member_is_not_heard_there_is_no_list_and_what_was_lost_is_made_up_for()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var one = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time, talk: _a);
        await using var other = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time, talk: _b);
        using var here = new HttpClient { BaseAddress = one.Uri };
        using var there = new HttpClient { BaseAddress = other.Uri };
        _time.Leap(AnnouncementTable.WarmUp);
        (await here.AnnounceAsync("w1")).Dispose();
        (await there.AnnounceAsync("w2")).Dispose();
        await ListsAsync(there, "w1 w2");

        _a.Cut = true;
        _time.Leap(Replication.FreshFor);
        await ListsAsync(there, "503");
        (await here.AnnounceAsync("w3")).Dispose();
        _a.Cut = false;
        await ListsAsync(there, "w1 w2 w3");

        _a.Cut = true;
        _b.Other = null;
        _time.Leap(Replication.FreshFor);
        await ListsAsync(there, "w1 w2 w3");
    }

    [Fact]
    public async Task A_member_that_has_just_come_replays_to_a_promoted_coordinator_what_nodes_told_the_other()
    {
        await using var active = await ScriptedCoordinator.StartAsync();
        await using var standby = await ScriptedCoordinator.StartAsync();
        using var known = new FixedCluster(EngineKind.Trino, new() { Standby = StandbyMode.Isolated }, active.Uri, standby.Uri);
        using var promoting = new FixedCluster(EngineKind.Trino, new() { Standby = StandbyMode.Isolated }, active.Uri, standby.Uri);
        _a.Other = null;
        await using var one = await FrontHost.StartAsync(known, new KeptInMemory(), _time, talk: _a);
        using var here = new HttpClient { BaseAddress = one.Uri };
        using var said = new HttpRequestMessage(HttpMethod.Post, "/v1/announce") { Content = new StringContent("http://10.0.0.1:8080") };
        said.Headers.Add("X-Trino-Internal-Bearer", "token");
        (await here.SendAsync(said)).Dispose();
        _a.Other = _b;
        await using var other = await FrontHost.StartAsync(promoting, new KeptInMemory(), _time, talk: _b);
        await Nodes.UntilAsync(() => !other.Front.Workers.IsEmpty);

        promoting.Promote(standby.Uri);
        await Nodes.UntilAsync(() => !standby.Received.IsEmpty);
        var replayed = standby.Received.First();
        replayed.Body.ShouldBe("http://10.0.0.1:8080");
        replayed.Headers["X-Trino-Internal-Bearer"].ShouldBe("token");
    }

    [Fact]
    public async Task What_a_node_took_back_at_one_member_is_not_kept_by_the_other_that_had_yet_to_write_it()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var store = new KeptInMemory();
        await using var away = new KeptInMemory(store) { IsDown = true };
        await using var one = await FrontHost.StartAsync(cluster, away, _time, talk: _a);
        await using var other = await FrontHost.StartAsync(cluster, store, _time, talk: _b);
        using var here = new HttpClient { BaseAddress = one.Uri };
        using var there = new HttpClient { BaseAddress = other.Uri };
        _time.Leap(AnnouncementTable.WarmUp);
        (await here.AnnounceAsync("w1")).Dispose();
        await ListsAsync(there, "w1");
        (await there.DeleteAsync("/v1/announcement/w1")).Dispose();
        await SavesAsync(there, store, "w2");
        await ListsAsync(here, "w2");
        away.IsDown = false;
        await SavesAsync(here, store, "w3");
        store[Key("w1")].ShouldBeNull();
    }

    [Fact]
    public async Task A_node_that_came_back_and_went_before_the_store_took_its_word_leaves_no_older_one_there()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var store = new KeptInMemory();
        _a.Other = null;
        await using var one = await FrontHost.StartAsync(cluster, store, _time, talk: _a);
        using var here = new HttpClient { BaseAddress = one.Uri };
        await SavesAsync(here, store, "w1");
        store.IsDown = true;
        (await here.AnnounceAsync("w1", uri: "http://moved:1")).Dispose();
        (await here.DeleteAsync("/v1/announcement/w1")).Dispose();
        store.IsDown = false;
        await SavesAsync(here, store, "w2");
        await Nodes.UntilAsync(() => store[Key("w1")] is null);
    }

    [Fact]
    public async Task The_newest_word_of_a_node_is_the_one_that_is_kept_whoever_writes_last()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var store = new KeptInMemory();
        await using var away = new KeptInMemory(store) { IsDown = true };
        await using var one = await FrontHost.StartAsync(cluster, away, _time, talk: _a);
        await using var other = await FrontHost.StartAsync(cluster, store, _time, talk: _b);
        using var here = new HttpClient { BaseAddress = one.Uri };
        using var there = new HttpClient { BaseAddress = other.Uri };
        _time.Leap(AnnouncementTable.WarmUp);
        (await here.AnnounceAsync("w1")).Dispose();
        await ListsAsync(there, "w1");
        (await there.AnnounceAsync("w1", uri: "http://moved:1")).Dispose();
        await Nodes.UntilAsync(() => one.Front.Workers.Single().Host == "moved");
        away.IsDown = false;
        await SavesAsync(here, store, "w2");
        store[Key("w1")]!.ShouldContain("moved");
    }

    [Fact]
    public async Task An_older_word_that_is_taken_back_takes_no_newer_one_from_the_store()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var store = new KeptInMemory();
        (_a.Other, _b.Other) = (null, null);
        await using var one = await FrontHost.StartAsync(cluster, store, _time, talk: _a);
        await using var other = await FrontHost.StartAsync(cluster, store, _time, talk: _b);
        using var here = new HttpClient { BaseAddress = one.Uri };
        using var there = new HttpClient { BaseAddress = other.Uri };
        (await here.AnnounceAsync("w1")).Dispose();
        await Nodes.UntilAsync(() => store[Key("w1")] is not null);
        (await there.AnnounceAsync("w1", uri: "http://moved:1")).Dispose();
        await Nodes.UntilAsync(() => store[Key("w1")]!.Contains("moved", StringComparison.Ordinal));
        (await here.DeleteAsync("/v1/announcement/w1")).Dispose();
        await SavesAsync(here, store, "w2");
        store[Key("w1")]!.ShouldContain("moved");
    }

    private static string Key(string nodeId) => $"announcement/main/{nodeId}";

    /// <summary>Once this is kept, so is all that the member was told before.</summary>
    private static async Task SavesAsync(HttpClient http, KeptInMemory store, string nodeId)
    {
        (await http.AnnounceAsync(nodeId)).Dispose();
        await Nodes.UntilAsync(() => store[Key(nodeId)] is not null);
    }

    private static async Task ListsAsync(HttpClient http, string expected)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        string list;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
            list = await http.ListAsync();
        }
        while (Named(list) != expected);
    }

    private static string Named(string list) => list[0] != '{' ? list : string.Join(' ', JsonDocument.Parse(list).RootElement.GetProperty("services")
        .EnumerateArray().Select(static service => service.GetProperty("nodeId").GetString()));

    /// <summary>Words go over as they do between members, or are lost.</summary>
    private sealed class Talk(string me) : INodeTalk
    {
        private Action<string, NodeWord> _hear = static (_, _) => { };

        public Talk? Other { get; set; }

        /// <summary>Nothing that it tells arrives.</summary>
        public bool Cut { get; set; }

        public IReadOnlyCollection<string> Live => Other is { } other ? [other.Me] : [];

        public Action<string, NodeWord> Hear
        {
            set => _hear = value;
        }

        private string Me => me;

        public void Tell(NodeWord word)
        {
            if (Cut || Other is not { } other)
                return;
            var box = JsonSerializer.SerializeToUtf8Bytes(
                new PeerWord { From = me, Name = me, Cluster = "main", Number = 1, Nodes = word }, MembersJson.Default.PeerWord);
            other._hear(me, JsonSerializer.Deserialize(box, MembersJson.Default.PeerWord)!.Nodes!);
        }

        public void Tell(string member, NodeWord word) => Tell(word);
    }
}
