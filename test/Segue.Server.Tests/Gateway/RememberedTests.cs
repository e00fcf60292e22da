using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Server.Gateway.Queries;
using Segue.Server.Tests.Discovery;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Gateway;

/// <summary>After a restart of Segue queries go on with what the journal kept of them (R3.2-R3.4, R3.6).</summary>
public sealed class RememberedTests : IAsyncLifetime
{
    private const string Select = "SELECT x FROM t";
    private const string Insert = "INSERT INTO t VALUES (1), (2)";

    /// <summary>A minute before the scripted query ids say that they began.</summary>
    private const string Before = """[1767225540.0, "20251231_235900_00001_zzzzz", true, "{}"]""";

    private readonly TemporaryDirectory _directory = new();
    private KeptInMemory _store = null!;
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;
    private string _history = $"[{Before}]";

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await StartAsync();
        _store = _host.Store;
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.On("POST /v1/statement", context => TakeAsync(engine, context));
            engine.On("GET /probe/catalog", engine.Page("FINISHED", null, """[["iceberg"]]"""));
            engine.On("GET /probe/history", context => ScriptedEngine.SayAsync(context, engine.Page("FINISHED", null, _history)));
            engine.On($"GET {engine.Queued(1)}", engine.Page("QUEUED", engine.Queued(2)));
            engine.On($"GET {engine.Queued(2)}", engine.Page("RUNNING", engine.Executing(1)));
        }
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        _directory.Delete();
    }

    [Fact]
    public async Task A_read_whose_rows_went_with_Segue_is_run_again_and_its_old_run_is_ended()
    {
        var token = await BeginAsync(Select);
        // what Segue had fetched ahead: the coordinator has no such page any more, and replays nothing
        _one.On($"GET {_one.Queued(2)}", context => ScriptedEngine.SayAsync(context, "", 410));
        var again = false;
        _one.On("POST /v1/statement", context =>
        {
            again = true;
            _one.On($"GET {_one.Queued(1)}", _one.Page("FINISHED", null, "[[1],[2]]"));
            return TakeAsync(_one, context);
        });
        await using var restarted = await RestartAsync();
        var run = await FollowAsync(restarted, token);
        run[^1].State.ShouldBe("FINISHED", run[^1].Text);
        run.SelectMany(page => page.Rows).ShouldBe(["[1]", "[2]"]);
        again.ShouldBeTrue();
        var asked = _one.Asked.ToList();
        asked.IndexOf($"DELETE {_one.Queued(2)}").ShouldBeInRange(0, asked.LastIndexOf("POST /v1/statement"));
    }

    [Fact]
    public async Task With_its_coordinator_dead_too_a_read_of_which_no_row_was_delivered_is_run_again_with_its_session_and_the_polls_credentials()
    {
        var token = await BeginAsync(Select, ("Authorization", "Bearer of-the-post"), ("X-Trino-Session", "a=1"), ("X-Trino-Extra-Credential", "k=v"));
        (await _host.Services.Journal.FindAsync(_one.Id)).Entry!.Headers.Select(static header => header.Name).ShouldNotContain("Authorization", StringComparer.OrdinalIgnoreCase);
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, "[[1],[2]]"));
        await using var restarted = await RestartAsync(Dies);
        (await FollowAsync(restarted, token, ("Authorization", "Bearer of-the-poll"))).SelectMany(page => page.Rows).ShouldBe(["[1]", "[2]"]);
        var headers = HeadersOf(_other, "POST /v1/statement");
        headers["Authorization"].ShouldBe("Bearer of-the-poll");
        headers["X-Trino-User"].ShouldBe("alice");
        headers["X-Trino-Session"].ShouldBe("a=1");
        headers["X-Trino-Extra-Credential"].ShouldBe("k=v");
    }

    [Theory]
    [InlineData("[[2],[1],[3]]", "[3]")]
    [InlineData("[[2],[3],[1]]", "it does not begin with the delivered rows")]
    public async Task With_its_coordinator_dead_too_a_read_goes_on_behind_the_same_first_rows(string again, string expected)
    {
        _one.On($"GET {_one.Queued(2)}", _one.Page("RUNNING", _one.Executing(1), "[[1],[2]]"));
        var first = await _host.GetAsync(await BeginAsync(Select));
        first.Rows.Length.ShouldBe(2);
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, again));
        await using var restarted = await RestartAsync(Dies);
        var run = await FollowAsync(restarted, first.NextUri!);
        if (expected.StartsWith('['))
        {
            run[^1].ErrorName.ShouldBeNull(run[^1].Text);
            run.SelectMany(page => page.Rows).ShouldBe([expected]);
        }
        else
        {
            run[^1].ErrorName.ShouldBe("SEGUE_QUERY_LOST");
            run[^1].Text.ShouldContain(expected);
        }
    }

    [Theory]
    [InlineData(false, "", "SEGUE_OUTCOME_UNKNOWN", 0)]
    [InlineData(true, "", null, 1)]
    [InlineData(true, """, [1767225605.0, "{0}", true, "{\"added-records\":\"2\"}"]""", null, 0)]
    public async Task With_its_coordinator_dead_too_a_write_needs_its_proof_and_its_tables_word(bool proven, string committed, string? error, int runs)
    {
        var token = await BeginAsync(Insert, ("X-Trino-Catalog", "lake"), ("X-Trino-Schema", "s"));
        _history = $"[{Before}{committed.Replace("{0}", _one.Id, StringComparison.Ordinal)}]";
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, "[[2]]", """ "updateType":"INSERT","updateCount":2 """, "rows"));
        await using var restarted = await RestartAsync(host =>
        {
            Dies(host);
            if (proven)
                host.Cluster.Change(_one, route => route with { Departures = [new Departure(new Incarnation(_one.Incarnation), host.Services.Now)] });
        });
        var last = (await FollowAsync(restarted, token))[^1];
        last.ErrorName.ShouldBe(error, last.Text);
        if (error is null)
            last.Json.GetProperty("updateCount").GetInt64().ShouldBe(2);
        _other.Asked.Count(request => request == $"GET {_other.Queued(1)}").ShouldBe(runs);
        _store.CountOf("claim/").ShouldBe(runs);
    }

    [Fact]
    public async Task A_run_that_is_later_than_the_clients_token_is_followed_and_no_third_one_begun()
    {
        var post = (await _host.PostAsync(Insert)).NextUri!;
        Dies(_host);
        // its answer never reached the client
        (await _host.GetAsync(post)).Status.ShouldBe(System.Net.HttpStatusCode.OK);
        await Until.TrueAsync(() => _store.CountOf("journal/") == 1);
        _other.On($"GET {_other.Queued(2)}", _other.Page("FINISHED", null, null, """ "updateType":"INSERT" """));
        await using var restarted = await RestartAsync(Dies);
        (await FollowAsync(restarted, post))[^1].State.ShouldBe("FINISHED");
        _other.Asked.Count(request => request == "POST /v1/statement").ShouldBe(1);
        _store.CountOf("claim/").ShouldBe(1, "another run of a write, also of one that had not begun, is known to who comes after");
    }

    [Fact]
    public async Task A_write_is_not_begun_by_its_old_token_where_another_run_of_it_was_claimed()
    {
        var post = (await _host.PostAsync(Insert)).NextUri!;
        _host.Cluster.Open(_other);
        await _host.GetAsync(post);
        _other.Asked.ShouldContain($"GET {_other.Queued(1)}");
        // the first coordinator is the active one again
        await using var restarted = await RestartAsync();
        (await FollowAsync(restarted, post))[^1].ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        _one.Asked.ShouldBe(["POST /v1/statement"]);
    }

    [Fact]
    public async Task A_write_that_a_restart_found_held_may_have_been_begun_by_the_poll_that_it_broke()
    {
        _host.Cluster.Open(null);
        var held = (await _host.PostAsync(Insert)).NextUri!;
        await using var restarted = await RestartAsync();
        var end = await restarted.GetAsync(Path(held));
        end.ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        end.Text.ShouldContain("Segue was restarted while it held this statement or had just begun it.");
        _one.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_has_ended_is_not_begun_again_by_an_old_token(bool canceled)
    {
        var token = await BeginAsync(Select);
        if (canceled)
            await _host.SendAsync(HttpMethod.Delete, token, null);
        else
        {
            _one.On($"GET {_one.Queued(2)}", _one.Page("FINISHED", null, "[[1]]"));
            await _host.FollowAsync(await _host.GetAsync(token));
        }
        await Until.TrueAsync(() => _store.Count == 0);
        await using var restarted = await RestartAsync(Dies);
        var again = await restarted.GetAsync(Path(token));
        if (canceled)
            again.Status.ShouldBe(HttpStatusCode.Gone);
        else
            again.ErrorName.ShouldBe("SEGUE_RESTARTED");
        _other.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Select, true)]
    [InlineData(Select, false)]
    [InlineData(Insert, true)]
    [InlineData(Insert, false)]
    public async Task What_has_ended_is_not_begun_again_though_Segue_dies_before_the_store_knows(string sql, bool canceled)
    {
        var token = await BeginAsync(sql, ("X-Trino-Catalog", "lake"), ("X-Trino-Schema", "s"));
        _store.IsDown = true;
        if (canceled)
            (await _host.SendAsync(HttpMethod.Delete, token, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        else
        {
            _one.On($"GET {_one.Queued(2)}", _one.Page("FINISHED", null, "[[1]]"));
            (await _host.GetAsync(token)).State.ShouldBe("FINISHED");
        }
        await using var restarted = await RestartAsync(host =>
        {
            Dies(host);
            host.Cluster.Change(_one, route => route with { Departures = [new Departure(new Incarnation(_one.Incarnation), host.Services.Now)] });
        });
        _store.CountOf("journal/").ShouldBe(1);
        _store.IsDown = false;
        var again = await restarted.GetAsync(Path(token));
        if (canceled)
            again.Status.ShouldBe(HttpStatusCode.Gone, again.Text);
        else
            again.ErrorName.ShouldBe(sql == Select ? "SEGUE_RESTARTED" : "SEGUE_OUTCOME_UNKNOWN", again.Text);
        _other.Asked.ShouldNotContain($"GET {_other.Queued(1)}");
        await Until.TrueAsync(() => _store.Count == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_statement_that_was_cancelled_before_its_first_poll_is_not_begun_by_its_token_after_a_restart(bool byOperator)
    {
        var post = (await _host.PostAsync(Insert)).NextUri!;
        if (byOperator)
            (await new QueryDesk(_host.Services).CancelAsync(_one.Id)).ShouldNotBeNull().Done.ShouldBeTrue();
        else
            (await _host.SendAsync(HttpMethod.Delete, post, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        await using var restarted = await RestartAsync();
        (await restarted.GetAsync(Path(post))).Status.ShouldBe(HttpStatusCode.Gone);
        (await restarted.SendAsync(HttpMethod.Head, Path(post), null)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await restarted.SendAsync(HttpMethod.Delete, Path(post), null)).Status.ShouldBe(HttpStatusCode.NoContent);
        _one.Asked.ShouldBe(["POST /v1/statement"]);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_delays_nothing_but_what_cannot_go_on_without_it()
    {
        var token = await BeginAsync(Select);
        _store.Silence = new TaskCompletionSource().Task;
        _one.On($"GET {_one.Queued(2)}", _one.Page("RUNNING", _one.Executing(1)));
        await using var restarted = await RestartAsync();
        var page = await restarted.GetAsync(Path(token));
        page.State.ShouldBe("RUNNING", "who waits for the store is told QUEUED");
        (await restarted.FollowAsync(await restarted.PostAsync("SELECT 1 AS short")))[^1].Status.ShouldBe(System.Net.HttpStatusCode.NotFound, "the script has no further page");
        Dies(restarted);
        (await restarted.GetAsync(Path(page.NextUri!))).State.ShouldBe("QUEUED");
    }

    [Fact]
    public async Task A_query_that_was_polled_on_after_a_restart_survives_its_coordinators_death_later()
    {
        var token = await BeginAsync(Select);
        await using var restarted = await RestartAsync();
        _one.On($"GET {_one.Executing(1)}", _one.Page("RUNNING", _one.Executing(2)));
        var running = await restarted.GetAsync(Path(token));
        running.State.ShouldBe("RUNNING");
        Dies(restarted);
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, "[[7]]"));
        (await FollowAsync(restarted, running.NextUri!)).SelectMany(page => page.Rows).ShouldBe(["[7]"]);
    }

    [Theory]
    [InlineData(Select, false)]
    [InlineData(Insert, false)]
    [InlineData(Select, true)]
    public async Task A_cancel_reaches_the_runs_that_the_store_alone_tells_of_and_does_not_wait_for_it(string sql, bool byOperator)
    {
        var post = (await _host.PostAsync(sql)).NextUri!;
        Dies(_host);
        // its answer, which told of another run, never reached the client
        await _host.GetAsync(post);
        await Until.TrueAsync(async () => (await _host.Services.Journal.FindAsync(_one.Id)).Entry?.Run.Coordinator == _other.Name);
        var answers = new TaskCompletionSource();
        _store.Silence = answers.Task;
        await using var restarted = await RestartAsync(Dies);
        if (byOperator)
        {
            (await restarted.GetAsync(Path(post))).State.ShouldBe("QUEUED");
            answers.SetResult();
            (await new QueryDesk(restarted.Services).CancelAsync(_one.Id)).ShouldNotBeNull().Done.ShouldBeTrue();
        }
        else
        {
            (await restarted.SendAsync(HttpMethod.Delete, Path(post), null)).Status.ShouldBe(System.Net.HttpStatusCode.NoContent);
            _other.Asked.ShouldNotContain($"DELETE {_other.Queued(1)}", "the store has not told of it yet");
            answers.SetResult();
        }
        await Until.TrueAsync(() => _other.Asked.Contains($"DELETE {_other.Queued(1)}"));
        await Until.TrueAsync(() => _store.CountOf("journal/") == 0);
    }

    private Task<GatewayHost> StartAsync() => GatewayHost.StartAsync(EngineKind.Trino, [_one, _other], config => config with
    {
        Recovery = config.Recovery with { HoldbackBytes = 0, WritesSettle = TimeSpan.FromMilliseconds(300), WritesMaxWait = TimeSpan.FromSeconds(15) },
    }, ended: _directory.File("ended"), store: _store);

    /// <summary>Another process with the same store and directory.</summary>
    private async Task<GatewayHost> RestartAsync(Action<GatewayHost>? finds = null)
    {
        var restarted = await StartAsync();
        finds?.Invoke(restarted);
        return restarted;
    }

    private void Dies(GatewayHost host)
    {
        host.Cluster.Lose(_one);
        host.Cluster.Open(_other);
    }

    /// <summary>Sends a statement, polls once, and waits until the store has it.</summary>
    /// <returns>The next token.</returns>
    private async Task<string> BeginAsync(string sql, params (string Name, string Value)[] headers)
    {
        var token = (await _host.GetAsync((await _host.PostAsync(sql, headers)).NextUri!)).NextUri!;
        await Until.TrueAsync(() => _store.CountOf("journal/") == 1);
        return token;
    }

    private static async Task<List<Answered>> FollowAsync(GatewayHost host, string from, params (string Name, string Value)[] headers)
    {
        var pages = new List<Answered>();
        for (string? next = Path(from); next is not null; next = pages[^1].NextUri)
            pages.Add(await host.GetAsync(next, headers));
        return pages;
    }

    private static string Path(string uri) => new Uri(uri).PathAndQuery;

    private static IReadOnlyDictionary<string, string> HeadersOf(ScriptedEngine engine, string request) =>
        engine.Headers.ElementAt(engine.Asked.ToList().IndexOf(request));

    private static async Task TakeAsync(ScriptedEngine engine, HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body, Encoding.UTF8);
        var sql = await body.ReadToEndAsync();
        await ScriptedEngine.SayAsync(context, engine.Page("QUEUED", sql switch
        {
            _ when sql.Contains("system.metadata.catalogs", StringComparison.Ordinal) => "/probe/catalog",
            _ when sql.Contains("$snapshots", StringComparison.Ordinal) => "/probe/history",
            _ => engine.Queued(1),
        }));
    }
}
