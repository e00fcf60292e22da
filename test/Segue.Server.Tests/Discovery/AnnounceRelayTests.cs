using System.Net;
using Segue.Core.Configuration;
using Segue.Core.Model;

namespace Segue.Server.Tests.Discovery;

/// <summary>Trino's announce, and <c>discovery: forward</c>: coordinators keep the announcements themselves (protocol.md §2.3).</summary>
public sealed class AnnounceRelayTests
{
    private readonly SteppedTime _time = new();

    [Fact]
    public async Task An_announcement_reaches_every_coordinator_word_for_word_and_a_dead_one_does_not_fail_it()
    {
        await using var first = await ScriptedCoordinator.StartAsync();
        await using var second = await ScriptedCoordinator.StartAsync();
        using var cluster = new FixedCluster(EngineKind.Trino, new(), first.Uri, new Uri("http://127.0.0.1:1"), second.Uri);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = PriorKnowledgeClient(host);

        using var answer = await PostAsync(http, "http://10.0.0.1:8080");

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.GetValues("X-Seen-Protocol").ShouldBe(["HTTP/2"]);
        foreach (var coordinator in new[] { first, second })
        {
            await Nodes.UntilAsync(() => !coordinator.Received.IsEmpty);
            var received = coordinator.Received.Single();
            received.Body.ShouldBe("http://10.0.0.1:8080");
            received.Headers["X-Trino-Internal-Bearer"].ShouldBe("token");
            received.Headers["Content-Type"].ShouldBe("text/plain; charset=utf-8");
            received.Headers.ContainsKey("X-Forwarded-For").ShouldBeFalse();
            received.Headers["Host"].ShouldBe(host.Uri.Authority);
        }

        host.Front.Workers.ShouldBe([new Uri("http://10.0.0.1:8080")]);
        host.Front.Nodes.Select(static node => node.Id).ShouldBe(["10.0.0.1:8080"]);
    }

    [Fact]
    public async Task A_hanging_coordinator_does_not_delay_the_answer_of_the_other()
    {
        await using var hanging = await ScriptedCoordinator.StartAsync();
        hanging.Hang = true;
        await using var healthy = await ScriptedCoordinator.StartAsync();
        using var cluster = new FixedCluster(EngineKind.Trino, new(), hanging.Uri, healthy.Uri);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), new NoTimers());
        using var http = PriorKnowledgeClient(host);

        // no timer ever fires here: only the healthy one's answer can end the wait
        using var answer = await PostAsync(http, "http://10.0.0.1:8080");

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_refusal_passes_and_its_sender_is_no_worker()
    {
        await using var coordinator = await ScriptedCoordinator.StartAsync();
        coordinator.Status = 403;
        using var cluster = new FixedCluster(EngineKind.Trino, new(), coordinator.Uri, new Uri("http://127.0.0.1:1"));
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = PriorKnowledgeClient(host);

        using var answer = await PostAsync(http, "http://10.0.0.1:8080");

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        host.Front.Workers.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_isolated_standby_gets_the_announcements_when_it_is_promoted()
    {
        await using var active = await ScriptedCoordinator.StartAsync();
        await using var standby = await ScriptedCoordinator.StartAsync();
        using var cluster = new FixedCluster(EngineKind.Trino, new() { Standby = StandbyMode.Isolated }, active.Uri, standby.Uri);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = PriorKnowledgeClient(host);
        (await PostAsync(http, "http://10.0.0.1:8080")).Dispose();
        active.Received.Count.ShouldBe(1);
        standby.Received.ShouldBeEmpty();

        cluster.Promote(standby.Uri);

        await Nodes.UntilAsync(() => !standby.Received.IsEmpty);
        standby.Received.Single().Body.ShouldBe("http://10.0.0.1:8080");
    }

    [Fact]
    public async Task Forward_mode_sends_announcements_and_lookups_to_the_active_coordinator_and_replays_at_promotion()
    {
        await using var active = await ScriptedCoordinator.StartAsync();
        await using var standby = await ScriptedCoordinator.StartAsync();
        active.Status = 202;
        using var cluster = new FixedCluster(EngineKind.Presto, new() { Mode = DiscoveryMode.Forward }, active.Uri, standby.Uri);
        await using var host = await FrontHost.StartAsync(cluster, new KeptInMemory(), _time);
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var announced = await http.AnnounceAsync("w1", uri: "http://10.0.0.1:8080");
        announced.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        active.Status = 200;
        active.Answer = "the active one's list";
        (await http.ListAsync()).ShouldBe("the active one's list");
        host.Front.Workers.ShouldBe([new Uri("http://10.0.0.1:8080")]);

        cluster.Promote(standby.Uri);
        await Nodes.UntilAsync(() => !standby.Received.IsEmpty);
        standby.Received.Single().ShouldSatisfyAllConditions(
            received => received.Method.ShouldBe("PUT"),
            received => received.Path.ShouldBe("/v1/announcement/w1"),
            received => received.Body.ShouldBe(Nodes.Body("w1", false, "http://10.0.0.1:8080")));
    }

    private static HttpClient PriorKnowledgeClient(FrontHost host) => new()
    {
        BaseAddress = host.Uri,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/announce")
        {
            Version = http.DefaultRequestVersion,
            VersionPolicy = http.DefaultVersionPolicy,
            Content = new StringContent(body),
        };
        request.Headers.Add("X-Trino-Internal-Bearer", "token");
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");
        return await http.SendAsync(request);
    }

    private sealed class NoTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
