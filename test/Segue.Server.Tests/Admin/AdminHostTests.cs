using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Admin;
using Segue.Server.Telemetry;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Admin;

/// <summary>The admin port over real sockets.</summary>
public sealed class AdminHostTests : IAsyncLifetime, IDisposable
{
    private readonly FakeCluster _cluster = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SegueMetrics _metrics = new();
    private readonly HttpClient _http = new();
    private PrometheusText _prometheus = null!;
    private AdminEndpoints _endpoints = null!;
    private AdminHost _host = null!;

    public async Task InitializeAsync()
    {
        _prometheus = new PrometheusText(_metrics);
        var sources = new AdminSources
        {
            StartedAt = FakeCluster.Noon.AddHours(-2),
            DeploymentId = "d1",
            Member = "m1",
            Clusters = [_cluster.Admin],
            History = new FakeHistory([.. Enumerable.Range(1, 150).Select(Event)]),
            Time = new FrozenTime(FakeCluster.Noon.AddMinutes(2)),
        };
        _endpoints = new AdminEndpoints(sources, new SegueHealth([_cluster], _stopping.Token), _prometheus);
        _host = await AdminHost.StartAsync(new Endpoint("http", "127.0.0.1", 0), null, _endpoints, NullLoggerFactory.Instance, TimeProvider.System, default);
        _http.BaseAddress = _host.Addresses.ShouldHaveSingleItem();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _prometheus.Dispose();
        _metrics.Dispose();
        _stopping.Dispose();
    }

    [Fact]
    public async Task The_admin_port_speaks_TLS_where_its_URL_says_so()
    {
        var folder = new TemporaryDirectory();
        using var authority = new TestAuthority("Known");
        using var certificate = authority.Issue("127.0.0.1");
        var files = new CertificateFiles(folder.File("cert.pem"), folder.File("key.pem"));
        await File.WriteAllTextAsync(files.Certificate, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(files.Key, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await using var host = await AdminHost.StartAsync(
            new Endpoint("https", "127.0.0.1", 0), files, _endpoints, NullLoggerFactory.Instance, TimeProvider.System, default);
        folder.Delete();
        using var trusting = new HttpClientHandler();
        trusting.ServerCertificateCustomValidationCallback = (_, presented, _, _) => presented!.Thumbprint == certificate.Thumbprint;
        using var http = new HttpClient(trusting);

        (await http.GetStringAsync(new Uri(host.Addresses.ShouldHaveSingleItem(), "/health/live"))).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Status_says_who_is_active_since_when_and_why()
    {
        using var response = await _http.GetAsync("/api/status");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        using var status = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        var root = status.RootElement;
        root.GetProperty("version").GetString().ShouldBe(SegueVersion.Current);
        root.GetProperty("member").GetString().ShouldBe("m1");
        root.GetProperty("ready").GetBoolean().ShouldBeTrue();
        root.GetProperty("events").GetArrayLength().ShouldBe(20);
        var cluster = root.GetProperty("clusters")[0];
        cluster.GetProperty("active").GetString().ShouldBe("two:8321");
        cluster.GetProperty("activeSince").GetDateTimeOffset().ShouldBe(FakeCluster.Noon);
        cluster.GetProperty("reason").GetString().ShouldBe("one:8321 refused connections");
        cluster.GetProperty("queries").GetProperty("held").GetInt32().ShouldBe(3);
        cluster.GetProperty("nodes")[0].GetProperty("id").GetString().ShouldBe("worker-1");
        cluster.GetProperty("lastFailover").GetProperty("detectSeconds").GetDouble().ShouldBe(0.04);
        cluster.GetProperty("coordinators")[0].GetProperty("role").GetString().ShouldBe("down");
        cluster.GetProperty("coordinators")[1].GetProperty("lastCanary").GetProperty("seconds").GetDouble().ShouldBe(0.12);
    }

    [Theory]
    [InlineData("", 100)]
    [InlineData("?last=2", 2)]
    [InlineData("?last=1000", 150)]
    public async Task History_gives_the_last_events_oldest_first(string query, int count)
    {
        var events = JsonSerializer.Deserialize(
            await _http.GetStringAsync("/api/history" + query), AdminJson.Default.ImmutableArrayEventReport);
        events.Length.ShouldBe(count);
        events[^1].Sentence.ShouldBe("event 150");
        events[0].Sentence.ShouldBe($"event {151 - count}");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1001")]
    [InlineData("many")]
    public async Task History_refuses_a_count_that_it_cannot_give(string last)
    {
        using var response = await _http.GetAsync("/api/history?last=" + last);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldBe($"last={last}: a number from 1 to 1000 is expected.\n");
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text()
    {
        _metrics.QueryEnded("main", "finished");
        using var response = await _http.GetAsync("/metrics");
        response.Content.Headers.ContentType!.ToString().ShouldBe(PrometheusText.ContentType);
        (await response.Content.ReadAsStringAsync()).ShouldContain("segue_queries_total{");
    }

    [Fact]
    public async Task Ready_while_it_routes_and_while_it_holds()
    {
        await ReadyIs(HttpStatusCode.OK, "main is served by two:8321\n");
        _cluster.Current = _cluster.Current with { OpenTo = null, Reason = "two:8321 is silent" };
        await ReadyIs(HttpStatusCode.OK, "main holds its statements: two:8321 is silent\n");
    }

    [Fact]
    public async Task Not_ready_before_the_first_assignment_or_while_it_stops()
    {
        _cluster.Current = _cluster.Current with { Epoch = 0, OpenTo = null, Active = null, Reason = "no coordinator has answered yet" };
        await ReadyIs(HttpStatusCode.ServiceUnavailable, "main has no active coordinator yet: no coordinator has answered yet\n");
        _stopping.Cancel();
        await ReadyIs(HttpStatusCode.ServiceUnavailable, "this member is stopping\n");
        (await _http.GetStringAsync("/health/live")).ShouldBe("alive\n");
    }

    [Fact]
    public async Task An_unknown_path_is_told_what_there_is()
    {
        using var response = await _http.GetAsync("/status");
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).ShouldContain("/api/status");
    }

    [Fact]
    public async Task Nothing_can_be_changed_and_HEAD_is_answered()
    {
        using var post = await _http.PostAsync("/api/status", null);
        post.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        using var head = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health/ready"));
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private async Task ReadyIs(HttpStatusCode status, string sentence)
    {
        using var response = await _http.GetAsync("/health/ready");
        response.StatusCode.ShouldBe(status);
        (await response.Content.ReadAsStringAsync()).ShouldBe(sentence);
    }

    private static ClusterEvent Event(int n) => new()
    {
        At = FakeCluster.Noon.AddSeconds(n),
        Kind = EventKinds.Holding,
        Cluster = "main",
        Sentence = $"event {n}",
    };
}
