using System.Net;
using Segue.Core.Configuration;
using Segue.Core.Discovery;
using Segue.Core.Model;

namespace Segue.Server.Tests.Discovery;

public sealed class DiscoveryFrontTests
{
    private static readonly Uri First = new("http://127.0.0.1:11");
    private static readonly Uri Second = new("http://127.0.0.1:12");

    private readonly SteppedTime _time = new();

    [Fact]
    public async Task A_worker_that_announced_itself_is_listed_word_for_word_once_the_front_is_warm()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var answer = await http.AnnounceAsync("w1", uri: "http://10.0.0.1:8080");
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        answer.Headers.CacheControl!.MaxAge.ShouldBe(TimeSpan.FromSeconds(1));
        (await http.ListAsync()).ShouldBe("503");

        _time.Leap(AnnouncementTable.WarmUp);
        (await http.ListAsync()).ShouldBe(
            """{"environment":"test","services":[{"id":"id-w1","nodeId":"w1","type":"presto","pool":"general","location":"/w1","properties":{"coordinator":"false", "http" : "http://10.0.0.1:8080","connectorIds":"tpch,memory"}}]}""");
        host.Front.Workers.ShouldBe([new Uri("http://10.0.0.1:8080")]);
        host.Front.Nodes.ShouldHaveSingleItem().Address.ShouldStartWith("http://");

        using var gone = await http.DeleteAsync("/v1/announcement/w1");
        gone.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await http.ListAsync()).ShouldBe("""{"environment":"test","services":[]}""");
    }

    [Fact]
    public async Task A_node_of_another_environment_is_refused()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = new HttpClient { BaseAddress = host.Uri };
        (await http.AnnounceAsync("w1")).Dispose();

        using var answer = await http.AnnounceAsync("w2", environment: "other");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("Environment mismatch: this cluster is 'test', node w2 says 'other'.");
    }

    [Fact]
    public async Task After_a_restart_the_announcements_of_before_are_listed_at_once()
    {
        await using var store = new KeptInMemory();
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using (var before = await FrontHost.StartAsync(cluster, store, _time))
        {
            using var client = new HttpClient { BaseAddress = before.Uri };
            (await client.AnnounceAsync("w1")).Dispose();
            (await client.AnnounceAsync("w2")).Dispose();
            (await client.DeleteAsync("/v1/announcement/w2")).Dispose();
            await Nodes.UntilAsync(() => store.Count == 1);
        }

        await using var host = await FrontHost.StartAsync(cluster, store, _time);
        using var http = new HttpClient { BaseAddress = host.Uri };

        var list = await http.ListAsync();
        list.ShouldContain("\"nodeId\":\"w1\"");
        list.ShouldNotContain("w2");
    }

    [Fact]
    public async Task Only_the_active_coordinator_sees_workers_while_standbys_are_isolated()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new() { Standby = StandbyMode.Isolated }, First, Second);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = new HttpClient { BaseAddress = host.Uri };
        (await http.AnnounceAsync("c1", coordinator: true, "http://127.0.0.1:11")).Dispose();
        (await http.AnnounceAsync("c2", coordinator: true, "http://127.0.0.1:12")).Dispose();
        (await http.AnnounceAsync("w1")).Dispose();
        _time.Leap(AnnouncementTable.WarmUp);

        (await http.ListAsync("c1")).ShouldContain("id-w1");
        var standby = await http.ListAsync("c2");
        standby.ShouldNotContain("id-w1");
        standby.ShouldContain("id-c1");
        standby.ShouldContain("id-c2");

        cluster.Promote(Second);
        (await http.ListAsync("c2")).ShouldContain("id-w1");
        (await http.ListAsync("c1")).ShouldNotContain("id-w1");
    }

    [Theory]
    [InlineData("192.0.2.0/24", 403)]
    [InlineData("127.0.0.0/8", 202)]
    public async Task Only_allowed_addresses_announce(string cidr, int status)
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new() { Allow = [cidr] }, First);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var answer = await http.AnnounceAsync("w1");

        ((int)answer.StatusCode).ShouldBe(status);
    }

    [Fact]
    public async Task Where_discovery_is_off_its_paths_say_so()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new() { Mode = DiscoveryMode.Off }, First);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var answer = await http.AnnounceAsync("w1");

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync()).ShouldStartWith("Discovery is off here");
    }

    [Fact]
    public async Task A_body_past_the_bound_is_refused()
    {
        using var cluster = new FixedCluster(EngineKind.Presto, new(), First);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var answer = await http.PutAsync("/v1/announcement/w1", new ByteArrayContent(new byte[(1 << 20) + 1]));

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }
}
