using System.Net;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Tests.Discovery;

namespace Segue.Server.Tests.Gateway;

/// <summary>The bounds on what is held (R6.5, I10), the ramp after a promotion (R6.4), and one outcome for all that is held (I7).</summary>
public sealed class HoldTests : IAsyncLifetime
{
    private readonly SteppedTime _time = new();
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("FINISHED", null, "[[1]]"));
        }
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    public static TheoryData<string, int> Bounds => new()
    {
        { "number", 3 },
        { "user", 2 },
        { "bytes", 3 },
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public async Task What_is_held_past_a_bound_ends_in_an_error_on_the_GET_and_the_rest_is_answered(string bound, int fit)
    {
        await using var host = await StartAsync(hold => bound switch
        {
            "number" => hold with { MaxQueries = 3 },
            "user" => hold with { MaxPerUser = 2 },
            _ => hold with { MaxBytes = 4000 },
        });
        host.Cluster.Open(null);
        var posts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.PostAsync("SELECT 1 -- " + new string('x', 1000))));
        posts.ShouldAllBe(post => post.Status == HttpStatusCode.OK && post.State == "QUEUED" && post.NextUri != null);
        host.Services.Book.Count().Held.ShouldBe(fit);
        if (bound == "user")
            (await host.PostAsync("SELECT 1", ("X-Presto-User", "bob"))).NextUri.ShouldNotBeNull();
        host.Cluster.Open(_one);
        var runs = await Task.WhenAll(posts.Select(post => host.FollowAsync(post)));
        runs.Count(run => run[^1].ErrorName == "SEGUE_HOLD_FULL").ShouldBe(4 - fit);
        runs.Count(run => run[^1].State == "FINISHED").ShouldBe(fit);
        host.Services.Book.Count().Held.ShouldBe(bound == "user" ? 1 : 0);
    }

    [Fact]
    public async Task A_statement_that_ran_keeps_its_place_when_the_hold_is_full()
    {
        await using var host = await StartAsync(static hold => hold with { MaxQueries = 1 });
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1)));
        var running = await host.GetAsync((await host.PostAsync("SELECT 1")).NextUri!);
        host.Cluster.Lose(_one);
        host.Cluster.Open(null);
        var held = await host.PostAsync("SELECT 1");
        var waiting = await host.GetAsync(running.NextUri!);
        waiting.State.ShouldBe("QUEUED");
        host.Cluster.Open(_other);
        (await host.FollowAsync(waiting))[^1].State.ShouldBe("FINISHED");
        (await host.FollowAsync(held))[^1].State.ShouldBe("FINISHED");
    }

    [Fact]
    public async Task Rows_are_not_kept_back_where_there_is_no_room_for_them_and_no_query_fails_by_that()
    {
        await using var host = await StartAsync(static hold => hold with { MaxBytes = 1200 });
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), "[[1]]"));
        _one.On($"GET {_one.Executing(1)}", _one.Page("FINISHED", null, "[[2]]"));
        var post = await host.PostAsync("SELECT 1");
        var first = await host.GetAsync(post.NextUri!);
        first.Rows.ShouldBe(["[1]"]);
        // asked for again, the coordinator replays what there was no room for
        (await host.GetAsync(post.NextUri!)).Rows.ShouldBe(["[1]"]);
        _one.Asked.Count(request => request == $"GET {_one.Queued(1)}").ShouldBe(2);
        (await host.FollowAsync(first)).SelectMany(page => page.Rows).ShouldBe(["[2]"]);
    }

    [Fact]
    public async Task A_result_that_takes_longer_than_the_holdback_comes_to_its_end()
    {
        await using var host = await StartAsync(static hold => hold);
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), "[[1]]"));
        _one.On($"GET {_one.Executing(1)}", async context =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System, context.RequestAborted);
            await ScriptedEngine.SayAsync(context, _one.Page("RUNNING", _one.Executing(2), "[[2]]"));
        });
        _one.On($"GET {_one.Executing(2)}", _one.Page("RUNNING", _one.Executing(3), "[[3]]"));
        _one.On($"GET {_one.Executing(3)}", _one.Page("FINISHED", null));
        (await host.FollowAsync(await host.PostAsync("SELECT 1"))).SelectMany(page => page.Rows).ShouldBe(["[1]", "[2]", "[3]"]);
    }

    [Fact]
    public async Task What_is_kept_for_queries_is_counted_and_given_back()
    {
        await using var host = await StartAsync(static hold => hold);
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), "[[1]]"));
        var never = new TaskCompletionSource();
        _one.On($"GET {_one.Executing(1)}", context => never.Task.WaitAsync(context.RequestAborted));
        var post = await host.PostAsync("SELECT 1");
        host.Services.Book.Memory.Used.ShouldBeInRange(1, 2000);
        var polling = host.GetAsync(post.NextUri!);
        await Until.TrueAsync(() => _one.Asked.Contains($"GET {_one.Executing(1)}"));
        host.Services.Book.Memory.Used.ShouldBeGreaterThan(2000);
        (await host.SendAsync(HttpMethod.Delete, post.NextUri!, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        await polling;
        host.Services.Book.Memory.Used.ShouldBe(0);
    }

    [Fact]
    public async Task A_statement_whose_text_does_not_fit_runs_and_is_told_so_only_if_its_coordinator_is_lost()
    {
        await using var host = await StartAsync(static hold => hold with { MaxBytes = 10 });
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1)));
        _one.On($"GET {_one.Executing(1)}", _one.Page("FINISHED", null, "[[2]]"));
        var lost = await host.GetAsync((await host.PostAsync("SELECT 1")).NextUri!);
        (await host.FollowAsync(lost))[^1].State.ShouldBe("FINISHED");

        lost = await host.GetAsync((await host.PostAsync("SELECT 1")).NextUri!);
        host.Cluster.Lose(_one);
        host.Cluster.Open(_other);
        var end = (await host.FollowAsync(lost))[^1];
        end.ErrorName.ShouldBe("SEGUE_QUERY_LOST");
        end.Text.ShouldContain("hold.max_bytes");
    }

    [Fact]
    public async Task A_promoted_coordinator_gets_a_few_held_statements_at_a_time()
    {
        await using var host = await StartAsync(static hold => hold with { Release = 2 });
        host.Cluster.Open(null);
        var posts = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.PostAsync("SELECT 1")));
        var atOnce = 0;
        var most = 0;
        var submits = 0;
        var entered = new SemaphoreSlim(0);
        var release = new SemaphoreSlim(0);
        _one.On("POST /v1/statement", async context =>
        {
            most = Math.Max(most, Interlocked.Increment(ref atOnce));
            var id = $"20260101_000000_0000{Interlocked.Increment(ref submits)}_aaaaa";
            entered.Release();
            await release.WaitAsync();
            Interlocked.Decrement(ref atOnce);
            await ScriptedEngine.SayAsync(context, _one.Page("QUEUED", _one.Queued(1)).Replace(_one.Id, id, StringComparison.Ordinal).Replace($"queued/{id}", $"queued/{_one.Id}", StringComparison.Ordinal));
        });
        host.Cluster.Open(_one);
        var following = Task.WhenAll(posts.Select(post => host.FollowAsync(post)));
        await entered.WaitAsync();
        await entered.WaitAsync();
        release.Release(6);
        (await following).ShouldAllBe(run => run.Last().State == "FINISHED");
        most.ShouldBe(2);
    }

    [Fact]
    public async Task A_queue_that_is_full_just_after_a_promotion_is_no_result_and_later_it_is_one()
    {
        await using var host = await StartAsync(static hold => hold);
        var full = _one.Page("FAILED", null, null, ScriptedEngine.Error("QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES"));
        var refusals = 3;
        _one.On($"GET {_one.Queued(1)}", context =>
            ScriptedEngine.SayAsync(context, Interlocked.Decrement(ref refusals) >= 0 ? full : _one.Page("FINISHED", null, "[[1]]")));
        (await host.FollowAsync(await host.PostAsync("SELECT 1"))).SelectMany(page => page.Rows).ShouldBe(["[1]"]);

        _time.Leap(TimeSpan.FromMinutes(1));
        refusals = 1;
        (await host.FollowAsync(await host.PostAsync("SELECT 1")))[^1].ErrorName.ShouldBe("QUERY_QUEUE_FULL");
    }

    [Fact]
    public async Task A_coordinator_that_stays_in_its_start_does_not_keep_a_poll_open_for_ever_nor_use_up_runs()
    {
        await using var host = await StartAsync(static hold => hold);
        _one.On($"GET {_one.Queued(1)}", _one.Page("FAILED", null, null, ScriptedEngine.Error("SERVER_STARTING_UP")));
        var waiting = await host.GetAsync((await host.PostAsync("INSERT INTO t VALUES (1)")).NextUri!);
        waiting.State.ShouldBe("QUEUED");
        _one.Asked.Count(request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBeGreaterThan(3);
        _one.On($"GET {_one.Queued(1)}", _one.Page("FINISHED", null, "[[1]]"));
        (await host.FollowAsync(waiting))[^1].State.ShouldBe("FINISHED");
    }

    [Theory]
    [InlineData("SELECT 1", "SEGUE_HOLD_TIMEOUT")]
    [InlineData("INSERT INTO t VALUES (1)", "SEGUE_OUTCOME_UNKNOWN")]
    public async Task A_coordinator_that_answers_probes_and_no_poll_is_not_waited_for_for_ever(string sql, string error)
    {
        await using var host = await StartAsync(static hold => hold);
        _one.On($"GET {_one.Queued(1)}", static context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        var waiting = await host.GetAsync((await host.PostAsync(sql)).NextUri!);
        waiting.State.ShouldBe("QUEUED");
        _time.Leap(TimeSpan.FromMinutes(6));
        (await host.GetAsync(waiting.NextUri!)).ErrorName.ShouldBe(error);
    }

    [Fact]
    public async Task What_a_client_left_is_freed_and_what_is_still_served_is_not()
    {
        await using var host = await StartAsync(static hold => hold);
        var never = new TaskCompletionSource();
        var left = await host.PostAsync("SELECT 1");
        _one.On($"GET {_one.Queued(1)}", context => never.Task.WaitAsync(context.RequestAborted));
        var polling = host.GetAsync(left.NextUri!);
        await Until.TrueAsync(() => _one.Asked.Contains($"GET {_one.Queued(1)}"));
        _time.Leap(TimeSpan.FromMinutes(10));
        host.Services.Book.Sweep(host.Services.Now).ShouldBeEmpty();
        (await host.SendAsync(HttpMethod.Delete, left.NextUri!, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        await polling;

        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1)));
        await host.GetAsync((await host.PostAsync("SELECT 1")).NextUri!);
        _time.Leap(TimeSpan.FromMinutes(10));
        host.Services.Book.Sweep(host.Services.Now).Count.ShouldBe(1);
        host.Services.Book.Memory.Used.ShouldBe(0);
        host.Services.Book.Count().Running.ShouldBe(0);
    }

    private Task<GatewayHost> StartAsync(Func<HoldConfig, HoldConfig> settings) =>
        GatewayHost.StartAsync(EngineKind.Presto, [_one, _other], config => config with { Hold = settings(config.Hold) }, time: _time);
}
