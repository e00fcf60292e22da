using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Server.Tests.Gateway;

/// <summary>A write whose coordinator was lost takes effect at most once, and its client is told what is known (I5, R3.4, R6.3).</summary>
public sealed class LostWriteTests : IAsyncLifetime
{
    private const string Insert = "INSERT INTO t VALUES (1), (2)";

    /// <summary>A minute before the scripted query ids say that they began.</summary>
    private const string Before = """[1767225540.0, "20251231_235900_00001_zzzzz", true, "{}"]""";

    private readonly ConcurrentQueue<string> _questions = [];
    private readonly ConcurrentDictionary<ScriptedEngine, int> _submitted = [];
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;

    /// <summary>The history of the table at each question, the last one for all that follow; or an engine's error.</summary>
    private string[] _histories = [$"[{Before}]"];

    private string Committed => $$"""[{{Before}}, [1767225605.0, "{{_one.Id}}", true, "{\"added-records\":\"2\"}"]]""";

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.On("POST /v1/statement", context => TakeAsync(engine, context));
            engine.On("GET /probe/catalog", engine.Page("FINISHED", null, """[["iceberg"]]"""));
            engine.On("GET /probe/history", context => ScriptedEngine.SayAsync(context, History(engine)));
        }
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1)));
        _one.On($"GET {_one.Executing(1)}", context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, "[[2]]", """ "updateType":"INSERT","updateCount":2 """, "rows"));
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task One_that_its_tables_history_does_not_show_before_and_behind_the_settle_time_is_claimed_and_run_again()
    {
        await using var host = await StartAsync();
        var claims = -1;
        _other.On($"GET {_other.Queued(1)}", context =>
        {
            claims = host.Store.CountOf("claim/");
            return ScriptedEngine.SayAsync(context, _other.Page("FINISHED", null, "[[2]]", """ "updateType":"INSERT","updateCount":2 """, "rows"));
        });
        var run = await LoseAsync(host, Insert);
        run[^1].State.ShouldBe("FINISHED", run[^1].Text);
        run[^1].Json.GetProperty("updateCount").GetInt64().ShouldBe(2);
        run.ShouldContain(page => page.State == "QUEUED", "its client waited");
        _questions.Count.ShouldBeGreaterThanOrEqualTo(2, "one that is not answered in time is asked again");
        _questions.ShouldAllBe(question => question.Contains("FROM \"lake\".\"s\".\"t$snapshots\" s", StringComparison.Ordinal) && question.Contains(_one.Id, StringComparison.Ordinal));
        WritesOn(_other).ShouldBe(1);
        claims.ShouldBe(1, "recorded before its first poll");
    }

    [Fact]
    public async Task One_that_had_committed_ends_in_the_page_that_its_coordinator_would_have_given()
    {
        _histories = [Committed];
        await using var host = await StartAsync();
        var last = (await LoseAsync(host, Insert))[^1];
        last.State.ShouldBe("FINISHED", last.Text);
        last.Json.GetProperty("updateType").GetString().ShouldBe("INSERT");
        last.Json.GetProperty("updateCount").GetInt64().ShouldBe(2);
        last.Rows.ShouldBe(["[2]"]);
        WritesOn(_other).ShouldBe(0);
        host.Services.Book.TryGet(_one.Id, out var handle).ShouldBeTrue();
        handle!.Story.Moments.TakeLast(2).Select(static moment => moment.Sentence).ShouldBe(
        [
            $"{_one.Name} was lost, and the table's history shows that the statement had taken effect.",
            "It finished; 0 rows were delivered.",
        ]);
        host.Metrics.RecoveriesOf("main").ShouldBe(new Dictionary<string, long> { ["committed"] = 1 });
    }

    [Fact]
    public async Task A_commit_that_arrives_behind_its_coordinators_end_is_found()
    {
        _histories = [$"[{Before}]", Committed];
        await using var host = await StartAsync();
        var last = (await LoseAsync(host, Insert))[^1];
        last.State.ShouldBe("FINISHED", last.Text);
        _questions.Count.ShouldBe(2);
        WritesOn(_other).ShouldBe(0);
    }

    [Theory]
    [InlineData("[]", "does not reach back to before it began")]
    [InlineData("TABLE_NOT_FOUND", "its table is not there any more")]
    [InlineData("PERMISSION_DENIED", "Segue could not ask its table (PERMISSION_DENIED")]
    public async Task Where_the_history_cannot_tell_the_error_says_why(string history, string why)
    {
        _histories = [history];
        await using var host = await StartAsync();
        var last = (await LoseAsync(host, Insert))[^1];
        last.ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        last.Text.ShouldContain(why);
        WritesOn(_other).ShouldBe(0);
    }

    [Theory]
    [InlineData(true, "proven")]
    [InlineData(false, "never")]
    public async Task Without_a_proof_in_time_and_where_none_is_wanted_the_outcome_is_unknown(bool proven, string mode)
    {
        await using var host = await StartAsync(config => config with
        {
            WritesMaxWait = TimeSpan.FromSeconds(1),
            Writes = mode == "never" ? WritesMode.Never : WritesMode.Proven,
        });
        var last = (await LoseAsync(host, Insert, proven: mode == "never"))[^1];
        last.ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        last.Text.Contains("was not proven to be gone within 1 s", StringComparison.Ordinal).ShouldBe(proven);
        _questions.ShouldBeEmpty();
        WritesOn(_other).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_store_that_takes_its_claim_it_is_not_begun_again()
    {
        await using var host = await StartAsync();
        host.Store.IsDown = true;
        var last = (await LoseAsync(host, Insert))[^1];
        last.ErrorName.ShouldBe("SEGUE_QUERY_LOST");
        last.Text.ShouldContain("Its first run took no effect: send it again.");
        _other.Asked.ShouldNotContain($"GET {_other.Queued(1)}");
    }

    [Fact]
    public async Task A_run_that_was_claimed_is_followed_after_a_restart_of_Segue()
    {
        await using var host = await StartAsync();
        var post = await host.PostAsync(Insert, ("X-Trino-Catalog", "lake"), ("X-Trino-Schema", "s"));
        var token = (await host.GetAsync(post.NextUri!)).NextUri!;
        Dies(host, proven: true);
        (await host.FollowAsync(await host.GetAsync(token)))[^1].State.ShouldBe("FINISHED");

        await using var restarted = await GatewayHost.StartAsync(EngineKind.Trino, [_one, _other], store: host.Store);
        restarted.Cluster.Lose(_one);
        restarted.Cluster.Open(_other);
        var last = await restarted.GetAsync(new Uri(token).PathAndQuery);
        last.State.ShouldBe("FINISHED", last.Text);
        last.Json.GetProperty("updateCount").GetInt64().ShouldBe(2);
        _submitted[_other].ShouldBe(1, "one write, however often its table was asked about it");
    }

    [Fact]
    public async Task A_second_run_that_finds_the_table_there_already_asks_whether_that_is_the_firsts_work()
    {
        _histories = ["TABLE_NOT_FOUND", "TABLE_NOT_FOUND", Committed];
        _other.On($"GET {_other.Queued(1)}", _other.Page("FAILED", null, null, ScriptedEngine.Error("TABLE_ALREADY_EXISTS", "USER_ERROR")));
        await using var host = await StartAsync();
        var last = (await LoseAsync(host, "CREATE TABLE t AS SELECT 1 AS x"))[^1];
        last.State.ShouldBe("FINISHED", last.Text);
        last.Json.GetProperty("updateType").GetString().ShouldBe("CREATE TABLE");
        _questions.Last().ShouldContain(_other.Id);
    }

    [Fact]
    public async Task Create_if_not_exists_is_run_again_once_its_coordinator_is_gone_and_what_it_sent_has_arrived()
    {
        await using var host = await StartAsync();
        var last = (await LoseAsync(host, "CREATE TABLE IF NOT EXISTS t (x bigint)"))[^1];
        last.State.ShouldBe("FINISHED", last.Text);
        _questions.ShouldBeEmpty();
        WritesOn(_other).ShouldBe(1);
    }

    private Task<GatewayHost> StartAsync(Func<RecoveryConfig, RecoveryConfig>? settings = null)
    {
        var recovery = new RecoveryConfig { WritesSettle = TimeSpan.FromMilliseconds(300), WritesMaxWait = TimeSpan.FromSeconds(15) };
        return GatewayHost.StartAsync(EngineKind.Trino, [_one, _other], config => config with { Recovery = settings?.Invoke(recovery) ?? recovery });
    }

    /// <summary>Sends a statement, whose coordinator dies while it runs, and follows it to its end.</summary>
    private async Task<List<Answered>> LoseAsync(GatewayHost host, string sql, bool proven = true)
    {
        Dies(host, proven);
        return await host.FollowAsync(await host.PostAsync(sql, ("X-Trino-Catalog", "lake"), ("X-Trino-Schema", "s")));
    }

    /// <summary>The first coordinator, when next it is looked at.</summary>
    private void Dies(GatewayHost host, bool proven) => host.Cluster.OnConfirm = _ =>
    {
        host.Cluster.Lose(_one);
        host.Cluster.Change(_one, route => route with
        {
            Provable = new Incarnation(_one.Incarnation),
            Departures = proven ? [new Departure(new Incarnation(_one.Incarnation), host.Services.Now)] : [],
        });
        host.Cluster.Open(_other);
    };

    private static int WritesOn(ScriptedEngine engine) => engine.Asked.Count(request => request == $"GET {engine.Queued(1)}");

    private async Task TakeAsync(ScriptedEngine engine, HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        var sql = await body.ReadToEndAsync();
        if (sql.Contains("$snapshots", StringComparison.Ordinal))
            _questions.Enqueue(sql);
        else if (!sql.Contains("system.metadata.catalogs", StringComparison.Ordinal))
            _submitted.AddOrUpdate(engine, 1, static (_, before) => before + 1);
        await ScriptedEngine.SayAsync(context, engine.Page("QUEUED", sql switch
        {
            _ when sql.Contains("system.metadata.catalogs", StringComparison.Ordinal) => "/probe/catalog",
            _ when sql.Contains("$snapshots", StringComparison.Ordinal) => "/probe/history",
            _ => engine.Queued(1),
        }));
    }

    private string History(ScriptedEngine engine)
    {
        var history = _histories[Math.Min(_questions.Count, _histories.Length) - 1];
        return history.StartsWith('[')
            ? engine.Page("FINISHED", null, history)
            : engine.Page("FAILED", null, null, ScriptedEngine.Error(history, "USER_ERROR"));
    }
}
