using System.Net;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Gateway;

/// <summary>R7: behind delivered rows another run goes on, or one clear error says why not.</summary>
public sealed class ResumeTests : IAsyncLifetime
{
    private const string Unordered = "SELECT x FROM t";
    private const string Ordered = "SELECT x, y FROM t ORDER BY x";

    private readonly TemporaryDirectory _files = new();
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private ScriptedEngine _third = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _third = await ScriptedEngine.StartAsync("ccccc");
        _host = await StartAsync(recovery => recovery);
        foreach (var engine in (ScriptedEngine[])[_one, _other, _third])
            engine.TakeStatement();
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.GetFiles(_files.Path).ShouldBeEmpty();
        foreach (var engine in (ScriptedEngine[])[_one, _other, _third])
            await engine.DisposeAsync();
        _files.Delete();
    }

    /// <summary>Statement, delivered rows, the new run's pages, and what follows, or a part of the error's text.</summary>
    public static TheoryData<string, string, string, string> Runs => new()
    {
        { Unordered, "[1],[2]",           "[1],[2],[3] [4]",          "[3],[4]" },
        { Unordered, "[1],[2]",           "[2],[1] [3]",              "[3]" },
        { Unordered, "[1],[2]",           "[3],[2] [4] [1],[5] [6]",  "[3],[4],[5],[6]" },
        { Unordered, "[1],[1]",           "[1],[2],[1],[1]",          "[2],[1]" },
        { Unordered, "[1],[2]",           "[2] [1]",                  "" },
        { Unordered, "[1],[2]",           "[2],[3]",                  "not among its own" },
        { Unordered, "[1],[1]",           "[1],[2]",                  "not among its own" },
        { Ordered,   "[1,7],[1,8]",       "[1,7],[1,8] [2,9]",        "[2,9]" },
        { Ordered,   "[0,0],[1,7]",       "[0,0],[1,6],[1,7],[2,9]",  "[1,6],[2,9]" },
        { Ordered,   "[0,0],[1,7]",       "[0,0] [1,6] [1,5] [1,7]",  "[1,6],[1,5]" },
        { Ordered,   "[0,0],[1,7]",       "[0,1],[0,0],[1,7],[2,9]",  "differ from it in the ORDER BY columns" },
        { Ordered,   "[0,0],[1,7]",       "[0,0],[2,9]",              "not among its own" },
        { "SELECT x, y FROM t ORDER BY t.x", "[1,7]", "[1,6],[1,7]",  "rows in another order" },
        { "SELECT x, y FROM t ORDER BY t.x", "[1,7]", "[1,7],[1,6]",  "[1,6]" },
        { "SHOW TABLES",                  "[1,7]", "[1,6],[1,7]",     "rows in another order" },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Another_run_completes_what_was_delivered_or_says_why_not(string sql, string delivered, string again, string expected)
    {
        var first = await DeliverAsync(_host, sql, delivered);
        Script(_other, again);
        Move(_one, _other);
        var rest = await _host.FollowAsync(first);

        rest.ShouldAllBe(page => page.Status == HttpStatusCode.OK);
        var rows = string.Join(',', rest.SelectMany(page => page.Rows));
        if (expected.Contains(' ', StringComparison.Ordinal))
        {
            rows.ShouldBeEmpty();
            rest[^1].ErrorName.ShouldBe("SEGUE_QUERY_LOST");
            rest[^1].Text.ShouldContain(expected);
            rest[^1].Text.ShouldContain("The statement changed nothing: send it again.");
        }
        else
        {
            rest[^1].ErrorName.ShouldBeNull(rest[^1].Text);
            rest[^1].State.ShouldBe("FINISHED");
            rows.ShouldBe(expected);
        }
        AllIsFreed();
    }

    [Fact]
    public async Task A_run_that_does_not_fit_is_cancelled_on_its_coordinator()
    {
        var first = await DeliverAsync(_host, Unordered, "[1],[2]");
        Script(_other, "[3] [4] [5]");
        _other.On($"GET {_other.Executing(2)}", _other.Page("RUNNING", _other.Executing(3), "{}"));
        Move(_one, _other);
        (await _host.FollowAsync(first))[^1].Text.ShouldContain("encoded");
        await Discovery.Nodes.UntilAsync(() => _other.Asked.Contains($"DELETE {_other.Executing(3)}"));
    }

    [Fact]
    public async Task Without_a_list_only_a_run_that_begins_with_the_same_rows_goes_on()
    {
        await using var host = await StartAsync(recovery => recovery with { ResumeRows = 1 });
        var first = await DeliverAsync(host, Unordered, "[1],[2]");
        Script(_other, "[2],[1] [3]");
        Move(_one, _other, host);
        (await host.FollowAsync(first)).SelectMany(page => page.Rows).ShouldBe(["[3]"]);

        host.Cluster.Change(_one, route => route with { Deposed = false, Liveness = Core.Routing.Liveness.Answering });
        host.Cluster.Open(_one);
        first = await DeliverAsync(host, Unordered, "[1],[2]");
        Script(_other, "[1],[3],[2]");
        Move(_one, _other, host);
        (await host.FollowAsync(first))[^1].Text.ShouldContain("longer than recovery.resume.rows allows (1)");
    }

    [Fact]
    public async Task Rows_that_wait_past_memory_wait_in_a_file_and_come_in_pages_that_can_be_asked_for_twice()
    {
        var wide = Enumerable.Range(0, 20).Select(number => $"[\"{new string('x', 300_000)}{number}\"]").ToList();
        var first = await DeliverAsync(_host, Unordered, "[1]");
        Script(_other, $"{string.Join(',', wide[..10])} {string.Join(',', wide[10..])} [1],[2]");
        Move(_one, _other);
        var rows = new List<string>();
        var pages = 0;
        for (var next = first.NextUri; next is not null; pages++)
        {
            var page = await _host.GetAsync(next);
            var again = await _host.GetAsync(next);
            again.Rows.ShouldBe(page.Rows);
            rows.AddRange(page.Rows);
            next = again.NextUri;
        }
        rows.ShouldBe([.. wide, "[2]"]);
        pages.ShouldBeInRange(5, 10);
        AllIsFreed();
    }

    [Fact]
    public async Task More_than_may_wait_is_an_error_that_names_the_bound()
    {
        await using var host = await StartAsync(recovery => recovery with { ResumeBytes = 1000 });
        var first = await DeliverAsync(host, Unordered, "[1]");
        Script(_other, $"[\"{new string('x', 1000)}\"],[1]");
        Move(_one, _other, host);
        (await host.FollowAsync(first))[^1].Text.ShouldContain("recovery.resume.bytes allows (1000)");
    }

    [Fact]
    public async Task Past_the_disk_that_all_queries_may_take_no_row_waits_and_the_error_names_the_bound()
    {
        await using var host = await StartAsync(recovery => recovery with { ResumeMaxBytes = 1 << 20 });
        var wide = string.Join(',', Enumerable.Range(0, 10).Select(number => $"[\"{new string('x', 300_000)}{number}\"]"));
        var first = await DeliverAsync(host, Unordered, "[1]");
        Script(_other, $"{wide} [1],[2]");
        Move(_one, _other, host);
        (await host.FollowAsync(first))[^1].Text.ShouldContain("recovery.resume.max_bytes allows (1MiB)");
        host.Services.Book.Count().ResumeBytes.ShouldBe(0);
    }

    [Fact]
    public async Task A_coordinator_that_is_lost_while_rows_are_compared_is_followed_by_a_third_whose_run_is_compared_from_its_beginning()
    {
        var first = await DeliverAsync(_host, Unordered, "[1],[2]");
        Script(_other, "[3],[1] [4]");
        _other.On($"GET {_other.Executing(1)}", context =>
        {
            Depose(_host, _other, _third);
            context.Abort();
            return Task.CompletedTask;
        });
        Script(_third, "[5],[2] [1],[3] [4]");
        Move(_one, _other);
        (await _host.FollowAsync(first)).SelectMany(page => page.Rows).ShouldBe(["[5]", "[3]", "[4]"]);
    }

    [Fact]
    public async Task A_query_that_was_running_when_a_second_coordinator_died_is_not_run_a_third_time()
    {
        var first = await DeliverAsync(_host, Unordered, "[1],[2]");
        _other.On($"GET {_other.Queued(1)}", context =>
        {
            Move(_other, _third);
            context.Abort();
            return Task.CompletedTask;
        });
        Move(_one, _other);
        (await _host.FollowAsync(first))[^1].ErrorName.ShouldBe("SEGUE_POISON_QUERY");
        _third.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Rows_that_were_kept_aside_count_as_delivered_when_the_next_coordinator_is_lost()
    {
        var first = await DeliverAsync(_host, Unordered, "[1]");
        Script(_other, "[3],[1],[2] [4]");
        Move(_one, _other);
        var aside = await _host.GetAsync(first.NextUri!);
        aside.Rows.ShouldBe(["[3]", "[2]"]);
        aside.State.ShouldBe("RUNNING");
        aside.Json.GetProperty("columns").GetArrayLength().ShouldBe(1);
        Depose(_host, _other, _third);
        Script(_third, "[4],[5] [3],[2],[1]");
        (await _host.FollowAsync(aside)).SelectMany(page => page.Rows).ShouldBe(["[4]", "[5]"]);
    }

    [Fact]
    public async Task A_page_that_breaks_off_while_it_is_compared_goes_on_behind_its_compared_rows()
    {
        var first = await DeliverAsync(_host, Unordered, "[1],[2]");
        var page = _other.Page("FINISHED", null, "[[2],[3],[1],[4]]");
        var breaks = new Queue<string>(["[2]", "[3]", "[1]"]);
        _other.On($"GET {_other.Queued(1)}", context => breaks.TryDequeue(out var behind)
            ? ScriptedEngine.BreakOffAsync(context, page, behind)
            : ScriptedEngine.SayAsync(context, page));
        Move(_one, _other);
        (await _host.FollowAsync(first)).SelectMany(answer => answer.Rows).ShouldBe(["[3]", "[4]"]);
        breaks.ShouldBeEmpty();
    }

    [Fact]
    public async Task While_it_compares_the_client_gets_pages_without_rows_and_its_token_is_of_no_use_after_a_restart()
    {
        var first = await DeliverAsync(_host, Unordered, "[1],[2]");
        Script(_other, "[2] [1] [3]");
        _other.On($"GET {_other.Executing(1)}", async context =>
        {
            // the engine's long poll
            await Task.Delay(GatewayLongPoll, TimeProvider.System);
            await ScriptedEngine.SayAsync(context, _other.Page("RUNNING", _other.Executing(2), "[[3]]"));
        });
        _other.On($"GET {_other.Executing(2)}", _other.Page("FINISHED", null, "[[1]]"));
        Move(_one, _other);
        var waiting = await _host.GetAsync(first.NextUri!);
        waiting.Rows.ShouldBeEmpty();
        waiting.State.ShouldBe("QUEUED");
        await using (var restarted = await StartAsync(recovery => recovery))
            (await restarted.GetAsync(new Uri(waiting.NextUri!).PathAndQuery)).ErrorName.ShouldBe("SEGUE_RESTARTED");
        (await _host.FollowAsync(waiting)).SelectMany(page => page.Rows).ShouldBe(["[3]"]);
    }

    [Fact]
    public async Task A_cancel_while_it_compares_ends_the_new_run_too()
    {
        var first = await DeliverAsync(_host, Unordered, "[1],[2]");
        Script(_other, "[2] [1]");
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        _other.On($"GET {_other.Executing(1)}", context =>
        {
            asked.TrySetResult();
            return never.Task.WaitAsync(context.RequestAborted);
        });
        Move(_one, _other);
        var poll = _host.GetAsync(first.NextUri!);
        await asked.Task;
        (await _host.SendAsync(HttpMethod.Delete, first.NextUri!, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        await poll.ContinueWith(static _ => { }, TaskScheduler.Default);
        await Discovery.Nodes.UntilAsync(() => _other.Asked.Contains($"DELETE {_other.Executing(1)}"));
        _host.Services.Book.Memory.Used.ShouldBe(0);
    }

    [Fact]
    public async Task The_new_runs_own_error_is_the_clients()
    {
        var first = await DeliverAsync(_host, Unordered, "[1],[2]");
        _other.On($"GET {_other.Queued(1)}", _other.Page("FAILED", null, "[[1]]", ScriptedEngine.Error("DIVISION_BY_ZERO", "USER_ERROR")));
        Move(_one, _other);
        var last = (await _host.FollowAsync(first))[^1];
        last.ErrorName.ShouldBe("DIVISION_BY_ZERO");
        last.Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Other_columns_than_those_that_were_shown_are_not_compared_at_all()
    {
        var first = await DeliverAsync(_host, Unordered, "[1]");
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, "[[1],[2]]", columns: "z"));
        Move(_one, _other);
        (await _host.FollowAsync(first))[^1].ErrorName.ShouldBe("SEGUE_QUERY_LOST");
    }

    private static readonly TimeSpan GatewayLongPoll = TimeSpan.FromMilliseconds(1100);

    private Task<GatewayHost> StartAsync(Func<RecoveryConfig, RecoveryConfig> change) => GatewayHost.StartAsync(
        EngineKind.Trino, [_one, _other, _third],
        config => config with { Recovery = change(config.Recovery with { HoldbackBytes = 0 }) }, spool: _files.Path);

    /// <summary>Once the last page cannot be asked for again.</summary>
    private void AllIsFreed()
    {
        _host.Services.Book.Sweep(_host.Services.Now + TimeSpan.FromMinutes(1)).ShouldBeEmpty();
        _host.Services.Book.Memory.Used.ShouldBe(0);
    }

    /// <summary>The first page of a run whose rows reach the client.</summary>
    private async Task<Answered> DeliverAsync(GatewayHost host, string sql, string rows)
    {
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), $"[{rows}]"));
        var first = await host.GetAsync((await host.PostAsync(sql)).NextUri!);
        string.Join(',', first.Rows).ShouldBe(rows);
        return first;
    }

    /// <param name="pages">Rows of each page, with a space between pages.</param>
    private static void Script(ScriptedEngine engine, string pages)
    {
        var all = pages.Split(' ');
        for (var i = 0; i < all.Length; i++)
        {
            var last = i == all.Length - 1;
            engine.On($"GET {(i == 0 ? engine.Queued(1) : engine.Executing(i))}",
                engine.Page(last ? "FINISHED" : "RUNNING", last ? null : engine.Executing(i + 1), $"[{all[i]}]"));
        }
    }

    /// <summary>It lost the active role and lives.</summary>
    private static void Depose(GatewayHost host, ScriptedEngine from, ScriptedEngine to)
    {
        host.Cluster.Open(to);
        host.Cluster.Change(from, route => route with { Deposed = true });
    }

    private void Move(ScriptedEngine from, ScriptedEngine to, GatewayHost? host = null)
    {
        (host ?? _host).Cluster.Lose(from);
        (host ?? _host).Cluster.Open(to);
    }
}
