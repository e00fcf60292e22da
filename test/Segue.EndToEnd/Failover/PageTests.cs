using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Segue.Core.Model;
using Segue.EndToEnd.Clients;

namespace Segue.EndToEnd.Failover;

/// <summary>What every answer of Segue's looks like to a client, whatever becomes of coordinators (R3.8, R4.6, R10).</summary>
public abstract class PageTests(QuietCluster quiet)
{
    private const string Customers = "SELECT custkey, name FROM tpch.tiny.customer WHERE custkey <= 300";

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("SELEC 1")]
    [InlineData("SELECT * FROM memory.default.nowhere")]
    [InlineData("ROLLBACK")]
    public async Task The_answer_to_a_POST_has_a_nextUri_and_errors_come_on_a_GET(string sql)
    {
        using var client = quiet.Cluster.Client();
        var post = await client.PostAsync(sql);
        post.Status.ShouldBe(HttpStatusCode.OK);
        post.NextUri.ShouldNotBeNull();
        post.HasError.ShouldBeFalse();
        (await client.FollowAsync(post)).ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(Customers)]
    [InlineData("SELEC 1")]
    public async Task Every_page_is_application_json_to_the_letter_and_not_compressed_unasked(string sql)
    {
        using var client = quiet.Cluster.Client();
        foreach (var reply in await client.RunAsync(sql))
        {
            reply.Message.Content.Headers.NonValidated["Content-Type"].ToString().ShouldBe("application/json");
            reply.Message.Content.Headers.ContentEncoding.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_page_is_compressed_for_a_client_that_asks_and_says_the_same()
    {
        using var client = quiet.Cluster.Client();
        var (uri, plain) = await FirstRowsAsync(client);
        var asking = new HttpRequestMessage(HttpMethod.Get, uri);
        asking.Headers.Add("Accept-Encoding", "gzip");
        var packed = await client.SendAsync(asking);
        packed.Message.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        await using var unpacked = new GZipStream(new MemoryStream(packed.Body), CompressionMode.Decompress);
        using var json = await JsonDocument.ParseAsync(unpacked);
        json.RootElement.GetProperty("data").GetRawText().ShouldBe(plain.Json.GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task A_page_that_is_asked_for_twice_is_the_same_page_and_no_row_is_lost_by_it()
    {
        using var client = quiet.Cluster.Client();
        var (uri, first) = await FirstRowsAsync(client);
        var second = await client.GetAsync(uri);
        second.Status.ShouldBe(HttpStatusCode.OK);
        second.Rows.ShouldBe(first.Rows);
        (await client.FollowAsync(second)).Sum(reply => reply.Rows.Count()).ShouldBe(300);
    }

    [Fact]
    public async Task An_old_token_is_gone_once_its_successor_was_polled()
    {
        using var client = quiet.Cluster.Client();
        var (uri, page) = await FirstRowsAsync(client);
        (await client.GetAsync(page.NextUri.ShouldNotBeNull())).Status.ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync(uri)).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task HEAD_of_a_nextUri_is_no_poll()
    {
        using var client = quiet.Cluster.Client();
        var (_, page) = await FirstRowsAsync(client);
        var head = await client.SendAsync(HttpMethod.Head, page.NextUri.ShouldNotBeNull());
        head.Status.ShouldBe(HttpStatusCode.OK);
        (await client.FollowAsync(page)).Sum(reply => reply.Rows.Count()).ShouldBe(300);
    }

    [Fact]
    public async Task URIs_are_on_the_host_that_the_request_named_and_forged_origins_go_unheard()
    {
        using var client = quiet.Cluster.Client();
        var post = new HttpRequestMessage(HttpMethod.Post, "/v1/statement") { Content = new StringContent("SELECT 1") };
        post.Headers.Host = "sql.example.com:8443";
        post.Headers.Add("X-Forwarded-Proto", "https");
        post.Headers.Add("X-Forwarded-Host", "forged.example.com");
        post.Headers.Add("X-Forwarded-For", "192.0.2.1");
        post.Headers.Add("Forwarded", "host=forged.example.com;proto=https");
        var reply = await client.SendAsync(post);
        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.NextUri.ShouldNotBeNull().ShouldStartWith("http://sql.example.com:8443/v1/statement/");
        reply.Json.GetProperty("infoUri").GetString().ShouldNotBeNull().ShouldStartWith("http://sql.example.com:8443/");
        var poll = new HttpRequestMessage(HttpMethod.Get, new Uri(reply.NextUri).PathAndQuery);
        poll.Headers.Add("X-Forwarded-Proto", "https");
        var page = await client.SendAsync(poll);
        page.Status.ShouldBe(HttpStatusCode.OK);
        page.Body.AsSpan().IndexOf("https://"u8).ShouldBe(-1);
    }

    [Theory]
    [InlineData("GET", "/v1/task")]
    [InlineData("DELETE", "/v1/task/20200101_000000_00000_abcde.0.0.0")]
    [InlineData("GET", "/V1/Task")]
    [InlineData("GET", "/v1//task")]
    [InlineData("GET", "/v1/memory")]
    [InlineData("GET", "/v1/status")]
    [InlineData("PUT", "/v1/info/state")]
    public async Task Paths_between_nodes_do_not_pass_from_the_client_port(string method, string path)
    {
        using var client = quiet.Cluster.Client();
        (await client.SendAsync(new HttpMethod(method), path)).Status.ShouldBeOneOf(HttpStatusCode.Forbidden, HttpStatusCode.BadRequest);
    }

    /// <summary>The first page with rows, and the URI that it came from.</summary>
    private static async Task<(string Uri, Reply Page)> FirstRowsAsync(StatementClient client)
    {
        var reply = await client.PostAsync(Customers);
        while (true)
        {
            var uri = reply.NextUri.ShouldNotBeNull();
            reply = await client.GetAsync(uri);
            if (reply.Rows.Any())
                return (uri, reply);
        }
    }
}

public sealed class PrestoPageTests(QuietPresto quiet) : PageTests(quiet), IClassFixture<QuietPresto>;

public sealed class TrinoPageTests(QuietTrino quiet) : PageTests(quiet), IClassFixture<QuietTrino>;

/// <summary>A cluster in which nothing happens, for many tests; 300 rows are three pages, none held back.</summary>
public abstract class QuietCluster(EngineKind engine) : IAsyncLifetime
{
    internal RehearsedCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync() =>
        Cluster = await RehearsedCluster.StartAsync(engine, ["--page-rows", "100"], "    recovery: { holdback: { bytes: 0B } }");

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

public sealed class QuietPresto() : QuietCluster(EngineKind.Presto);

public sealed class QuietTrino() : QuietCluster(EngineKind.Trino);
