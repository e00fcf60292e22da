using System.Net;
using System.Text;
using Segue.Core.Model;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Conformance;

/// <summary>What Segue relies on in an engine's protocol; the rehearsal must do as the real ones do.</summary>
public abstract class ProtocolConformance(EngineFixture engine) : IDisposable
{
    private readonly StatementClient? _client = engine.Coordinator is { } uri ? new StatementClient(uri, engine.Dialect) : null;

    private StatementClient Client
    {
        get
        {
            Skip.If(_client is null, "no engine script: set SEGUE_ENGINE_SCRIPT");
            return _client;
        }
    }

    [SkippableFact]
    public async Task Post_registers_a_placeholder_that_is_queued()
    {
        var reply = await Client.PostAsync("SELECT 1");
        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.State.ShouldBe(engine.Dialect.Engine == EngineKind.Presto ? "WAITING_FOR_PREREQUISITES" : "QUEUED");
        reply.NextUri.ShouldNotBeNull().ShouldContain("/v1/statement/queued/");
        reply.Json.TryGetProperty("columns", out _).ShouldBeFalse();
        await Client.SendAsync(HttpMethod.Get, reply.NextUri);
    }

    [SkippableFact]
    public async Task Query_ids_name_their_incarnation()
    {
        var first = await Client.RunAsync("SELECT 1");
        var second = await Client.RunAsync("SELECT 1");
        Incarnation.TryFromQueryId(first[0].Json.GetProperty("id").GetString(), out var one).ShouldBeTrue();
        Incarnation.TryFromQueryId(second[0].Json.GetProperty("id").GetString(), out var two).ShouldBeTrue();
        two.ShouldBe(one);
    }

    [SkippableFact]
    public async Task A_select_ends_with_its_row()
    {
        var run = await Client.RunAsync("SELECT 1");
        run[^1].State.ShouldBe("FINISHED");
        run.SelectMany(reply => reply.Json.TryGetProperty("data", out var data) ? data.EnumerateArray().Select(row => row[0].GetInt64()) : [])
            .ShouldBe([1L]);
        run[^1].Json.TryGetProperty("columns", out _).ShouldBeTrue();
        run[^1].Json.TryGetProperty("updateType", out _).ShouldBeFalse();
    }

    [SkippableFact]
    public async Task The_last_token_can_be_replayed_an_older_one_is_gone_and_an_unknown_one_is_not_found()
    {
        var executing = await ExecutingAsync("SELECT * FROM tpch.tiny.nation");
        var page = await Client.GetAsync(executing);
        var again = await Client.GetAsync(executing);
        again.Status.ShouldBe(HttpStatusCode.OK);
        again.NextUri.ShouldBe(page.NextUri);
        if (page.NextUri is not { } next)
            return;
        (await Client.GetAsync(next)).Status.ShouldBe(HttpStatusCode.OK);
        (await Client.GetAsync(executing)).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [SkippableFact]
    public async Task An_unknown_query_is_not_found()
    {
        var post = await Client.PostAsync("SELECT 1");
        var id = post.Json.GetProperty("id").GetString()!;
        var stranger = post.NextUri!.Replace(id, "20200101_000000_00000_abcde", StringComparison.Ordinal);
        (await Client.GetAsync(stranger)).Status.ShouldBe(HttpStatusCode.NotFound);
        await Client.GetAsync(post.NextUri!);
    }

    [SkippableFact]
    public async Task Cancel_is_no_content_and_ends_the_query()
    {
        var executing = await ExecutingAsync("SELECT count(*) FROM tpch.tiny.lineitem a CROSS JOIN tpch.tiny.lineitem b");
        (await Client.SendAsync(HttpMethod.Delete, executing)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [SkippableTheory]
    [InlineData("SELEC 1", "SYNTAX_ERROR")]
    [InlineData("COMMIT", "NOT_IN_TRANSACTION")]
    [InlineData("EXECUTE nobody", "NOT_FOUND")]
    public async Task A_failure_is_a_page_with_an_error_and_no_next(string sql, string name)
    {
        var last = (await Client.RunAsync(sql))[^1];
        last.Status.ShouldBe(HttpStatusCode.OK);
        last.State.ShouldBe("FAILED");
        last.Error.GetProperty("errorName").GetString().ShouldBe(name);
        last.Error.GetProperty("errorType").GetString().ShouldBe("USER_ERROR");
        last.Error.GetProperty("errorCode").GetInt32().ShouldBeGreaterThan(0);
        last.Error.GetProperty("failureInfo").GetProperty("type").GetString().ShouldNotBeNull();
    }

    [SkippableTheory]
    [InlineData("USE tpch.tiny", "USE", "Set-Catalog", "tpch")]
    [InlineData("USE tpch.tiny", "USE", "Set-Schema", "tiny")]
    [InlineData("SET SESSION query_max_run_time = '1h'", "SET SESSION", "Set-Session", "query_max_run_time=1h")]
    [InlineData("RESET SESSION query_max_run_time", "RESET SESSION", "Clear-Session", "query_max_run_time")]
    [InlineData("PREPARE p FROM SELECT 1", "PREPARE", "Added-Prepare", "p=SELECT")]
    public async Task A_session_statement_answers_with_its_header(string sql, string updateType, string header, string value)
    {
        var run = await Client.RunAsync(sql);
        run[^1].State.ShouldBe("FINISHED");
        run[^1].Json.GetProperty("updateType").GetString().ShouldBe(updateType);
        Client.Header(run, header).ShouldNotBeNull().ShouldStartWith(value);
    }

    [SkippableFact]
    public async Task A_transaction_is_known_until_it_is_committed()
    {
        var id = Client.Header(await Client.RunAsync("START TRANSACTION", ("Transaction-Id", "NONE")), "Started-Transaction-Id").ShouldNotBeNull();
        (await Client.RunAsync("SELECT 1", ("Transaction-Id", id)))[^1].State.ShouldBe("FINISHED");
        Client.Header(await Client.RunAsync("COMMIT", ("Transaction-Id", id)), "Clear-Transaction-Id").ShouldBe("true");
        var late = await Client.RunAsync("SELECT 1", ("Transaction-Id", id));
        late[^1].Error.GetProperty("errorName").GetString().ShouldBe("UNKNOWN_TRANSACTION");
    }

    [SkippableFact]
    public async Task Info_says_what_a_probe_needs()
    {
        var info = (await Client.GetAsync("/v1/info")).Json;
        info.GetProperty("coordinator").GetBoolean().ShouldBeTrue();
        info.GetProperty("starting").GetBoolean().ShouldBeFalse();
        info.GetProperty("environment").GetString().ShouldBe("test");
        info.GetProperty("nodeVersion").GetProperty("version").GetString().ShouldNotBeNullOrEmpty();
        info.GetProperty("uptime").GetString().ShouldNotBeNull().ShouldMatch(@"^\d+\.\d\d(ns|us|ms|s|m|h|d)$");
    }

    [SkippableFact]
    public async Task Next_uri_names_the_host_that_the_client_named()
    {
        var post = await Client.PostAsync("SELECT 1");
        new Uri(post.NextUri!).Authority.ShouldBe(engine.Coordinator!.Authority);
        post.Json.GetProperty("infoUri").GetString().ShouldStartWith(engine.Coordinator.GetLeftPart(UriPartial.Authority));
        await Client.GetAsync(post.NextUri!);
    }

    [SkippableFact]
    public async Task The_canary_counts_the_workers()
    {
        var run = await Client.RunAsync("SELECT count(*) FROM system.runtime.nodes WHERE state = 'active' AND NOT coordinator");
        run[^1].State.ShouldBe("FINISHED");
    }

    /// <summary>How Segue sees that plain http skips no authentication (R10.1).</summary>
    [SkippableFact]
    public async Task Without_an_https_port_none_shows()
    {
        if (engine.Dialect.Engine == EngineKind.Presto)
        {
            (await Client.GetAsync($"/v1/jmx/mbean/{engine.Dialect.HttpServerBean}/DaysUntilCertificateExpiration")).Status.ShouldBe(HttpStatusCode.NoContent);
            return;
        }
        var metrics = Encoding.UTF8.GetString((await Client.GetAsync("/metrics")).Body);
        metrics.ShouldContain("_HttpServer_HttpConnectionStats_TotalConnectionCount");
        metrics.ShouldNotContain("_HttpServer_HttpsConnectionStats_TotalConnectionCount");
    }

    public void Dispose()
    {
        _client?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs a statement until its next URI is one of the executing phase.</summary>
    private async Task<string> ExecutingAsync(string sql)
    {
        var next = (await Client.PostAsync(sql)).NextUri;
        while (next?.Contains("/executing/", StringComparison.Ordinal) == false)
            next = (await Client.GetAsync(next)).NextUri;
        return next.ShouldNotBeNull();
    }
}

public sealed class RehearsedPrestoConformance(RehearsedPresto engine) : ProtocolConformance(engine), IClassFixture<RehearsedPresto>;

public sealed class RehearsedTrinoConformance(RehearsedTrino engine) : ProtocolConformance(engine), IClassFixture<RehearsedTrino>;

[Collection(RealEngines.Name)]
public sealed class RealPrestoConformance(RealPresto engine) : ProtocolConformance(engine), IClassFixture<RealPresto>;

[Collection(RealEngines.Name)]
public sealed class RealTrinoConformance(RealTrino engine) : ProtocolConformance(engine), IClassFixture<RealTrino>;
