using System.Net;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Tests.Discovery;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Gateway;

/// <summary>R4.2, <c>holdback: all</c>: no row goes out before all have come, and then none of them needs a coordinator.</summary>
public sealed class SpoolTests : IAsyncLifetime
{
    // longer than what stays in memory
    private static readonly string[] Wide = [.. Enumerable.Range(0, 30).Select(number => $"[\"{new string('x', 50_000)}{number}\"]")];

    private readonly TemporaryDirectory _files = new();
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await StartAsync();
        _one.TakeStatement();
        _other.TakeStatement();
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.GetFiles(_files.Path).ShouldBeEmpty();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        _files.Delete();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task A_result_is_delivered_whole_though_its_coordinator_is_lost_behind_the_last_page(int perPage)
    {
        Script(_one, Pages(perPage), emptyEnd: true);
        var first = await FirstRowsAsync(_host);
        _one.Asked.ShouldContain($"GET {_one.Executing(30 / perPage)}");
        _host.Services.Spool.Results.Used.ShouldBeGreaterThan(1_000_000);
        await _one.CrashAsync();
        Move(_one, null);
        (await RowsAsync(first)).ShouldBe(Wide);
        _host.Services.Spool.Results.Used.ShouldBe(0);
        AllIsFreed();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Each_page_can_be_asked_for_twice_and_is_the_same(int perPage)
    {
        Script(_one, Pages(perPage));
        var page = await FirstRowsAsync(_host);
        var rows = new List<string>(page.Rows);
        while (page.NextUri is { } next)
        {
            var first = await _host.GetAsync(next);
            page = await _host.GetAsync(next);
            page.Rows.ShouldBe(first.Rows);
            page.State.ShouldBe(first.State);
            (page.NextUri is null).ShouldBe(first.NextUri is null);
            rows.AddRange(page.Rows);
        }
        rows.ShouldBe(Wide);
        // no more is left than a last page that is long, which may be asked for again
        _host.Services.Spool.Results.Used.ShouldBeInRange(perPage == 10 ? 500_000 : 0, perPage == 10 ? 510_000 : 0);
        AllIsFreed();
    }

    [Fact]
    public async Task A_coordinator_that_is_lost_before_the_last_row_is_followed_by_another_run_whatever_its_rows_are()
    {
        Script(_one, ["[[1]]", "[[2]]", "[[3]]"]);
        _one.On($"GET {_one.Executing(2)}", context =>
        {
            Move(_one, _other);
            context.Abort();
            return Task.CompletedTask;
        });
        Script(_other, ["[[7]]", "[[8]]"]);
        (await RowsAsync(await FirstRowsAsync(_host))).ShouldBe(["[7]", "[8]"]);
        AllIsFreed();
    }

    [Fact]
    public async Task While_rows_wait_the_client_is_told_that_it_runs_and_its_token_is_of_no_use_after_a_restart()
    {
        Script(_one, ["[[1]]", "[[2]]"]);
        var release = new TaskCompletionSource();
        _one.On($"GET {_one.Executing(1)}", async context =>
        {
            await Task.WhenAny(release.Task, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
            await ScriptedEngine.SayAsync(context, release.Task.IsCompleted ? _one.Page("FINISHED", null, "[[2]]") : Progress);
        });
        var waiting = await _host.GetAsync((await _host.PostAsync("SELECT x FROM t LIMIT 2")).NextUri!);
        waiting.Rows.ShouldBeEmpty();
        waiting.State.ShouldBe("RUNNING");
        // the coordinator's own word of how far it is
        waiting.Json.GetProperty("stats").GetProperty("completedSplits").GetInt32().ShouldBe(7);
        await using (var restarted = await StartAsync())
            (await restarted.GetAsync(new Uri(waiting.NextUri!).PathAndQuery)).ErrorName.ShouldBe("SEGUE_RESTARTED");
        release.SetResult();
        (await RowsAsync(waiting)).ShouldBe(["[1]", "[2]"]);
    }

    [Fact]
    public async Task What_is_longer_than_one_may_be_is_delivered_as_far_as_it_was_kept_and_then_passes_through()
    {
        await using var host = await StartAsync(spool => spool with { MaxPerQuery = 1_200_000 });
        Script(_one, Pages(2));
        var first = await FirstRowsAsync(host);
        _one.Asked.ShouldNotContain($"GET {_one.Executing(14)}");
        (await RowsAsync(first, host)).ShouldBe(Wide);
        StoryOf(host).ShouldContain("Its result goes out before it is whole, because it is longer than recovery.spool.max_per_query allows (1200000B).");
        host.Services.Spool.Results.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Behind_what_was_kept_a_lost_coordinator_is_followed_as_behind_any_delivered_rows()
    {
        await using var host = await StartAsync(spool => spool with { MaxPerQuery = 1_200_000 });
        Script(_one, Pages(2));
        var first = await FirstRowsAsync(host);
        Move(_one, _other, host);
        Script(_other, Pages(3));
        (await RowsAsync(first, host)).ShouldBe(Wide);
        StoryOf(host).ShouldContain("run again and compared with them");
    }

    /// <summary>What may not go to the disk, and what it says.</summary>
    public static TheoryData<SpoolConfig, string> NoRoom => new()
    {
        { new SpoolConfig { MaxBytes = 500_000 },   "results on disk would take more than recovery.spool.max_bytes allows (500000B)" },
        { new SpoolConfig { KeepFree = 1L << 60 },  "less than recovery.spool.keep_free (1073741824GiB) would be left on the disk of " },
        { new SpoolConfig { MaxPerQuery = 1_000 },  "it is longer than recovery.spool.max_per_query allows (1000B)" },
    };

    [Theory]
    [MemberData(nameof(NoRoom))]
    public async Task Where_there_is_no_room_the_result_passes_through_and_the_story_says_why(SpoolConfig limits, string why)
    {
        await using var host = await StartAsync(_ => limits);
        Script(_one, Pages(3));
        (await RowsAsync(await FirstRowsAsync(host), host)).ShouldBe(Wide);
        StoryOf(host).ShouldContain(why);
        host.Services.Spool.Results.Used.ShouldBe(0);
    }

    [Fact]
    public async Task A_disk_that_cannot_be_written_is_as_a_full_one()
    {
        await using var host = await StartAsync(folder: Path.Combine(_files.Path, "gone"));
        Script(_one, Pages(3));
        (await RowsAsync(await FirstRowsAsync(host), host)).ShouldBe(Wide);
        StoryOf(host).ShouldContain("goes out before it is whole");
    }

    [Fact]
    public async Task The_bound_of_all_results_is_for_all_together_and_is_free_again_when_they_end()
    {
        await using var host = await StartAsync(spool => spool with { MaxBytes = 2_000_000 });
        Script(_one, Pages(3));
        var first = await FirstRowsAsync(host);
        host.Services.Spool.Results.Used.ShouldBeGreaterThan(1_000_000);
        Script(_other, Pages(3));
        host.Cluster.Open(_other);
        (await RowsAsync(await FirstRowsAsync(host), host)).ShouldBe(Wide);
        StoryOf(host, _other.Id).ShouldContain("recovery.spool.max_bytes");
        (await RowsAsync(first, host)).ShouldBe(Wide);
        host.Services.Book.Sweep(host.Services.Now + TimeSpan.FromMinutes(1));
        host.Services.Spool.Results.Used.ShouldBe(0);
    }

    [Fact]
    public async Task A_cancel_while_rows_wait_reaches_the_coordinator_and_frees_the_disk()
    {
        Script(_one, Pages(3));
        var asked = new TaskCompletionSource();
        _one.On($"GET {_one.Executing(9)}", context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var next = (await _host.PostAsync("SELECT x FROM t")).NextUri!;
        var poll = _host.GetAsync(next);
        await asked.Task;
        _host.Services.Spool.Results.Used.ShouldBeGreaterThan(1_000_000);
        (await _host.SendAsync(HttpMethod.Delete, next, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        _host.Services.Spool.Results.Used.ShouldBe(0);
        await poll.ContinueWith(static _ => { }, TaskScheduler.Default);
        await Nodes.UntilAsync(() => _one.Asked.Contains($"DELETE {_one.Executing(9)}"));
        AllIsFreed();
    }

    [Fact]
    public async Task A_client_that_vanishes_leaves_nothing_on_the_disk()
    {
        Script(_one, Pages(3));
        await FirstRowsAsync(_host);
        _host.Services.Book.Sweep(_host.Services.Now + TimeSpan.FromMinutes(6)).ShouldHaveSingleItem();
        _host.Services.Spool.Results.Used.ShouldBe(0);
        AllIsFreed();
    }

    [Fact]
    public async Task A_query_that_fails_behind_its_rows_shows_its_error_and_none_of_them()
    {
        Script(_one, Pages(3));
        _one.On($"GET {_one.Executing(9)}", _one.Page("FAILED", null, null, ScriptedEngine.Error("DIVISION_BY_ZERO", "USER_ERROR")));
        var last = (await _host.FollowAsync(await _host.PostAsync("SELECT x FROM t")))[^1];
        last.ErrorName.ShouldBe("DIVISION_BY_ZERO");
        _host.Services.Spool.Results.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Encoded_pages_wait_as_they_are_with_their_headers()
    {
        await using var host = await StartAsync(engine: EngineKind.Trino);
        string[] segments = ["""{"encoding":"json","segments":[{"type":"inline","data":"W10="}]}""", """{"encoding":"json","segments":[{"type":"spooled","uri":"http://s/1","ackUri":"http://s/a"}]}"""];
        for (var i = 0; i < 2; i++)
        {
            var page = _one.Page("RUNNING", _one.Executing(i + 1), segments[i]);
            _one.On($"GET {(i == 0 ? _one.Queued(1) : _one.Executing(i))}", context =>
            {
                context.Response.Headers["X-Trino-Query-Data-Encoding"] = "json";
                return ScriptedEngine.SayAsync(context, page);
            });
        }
        _one.On($"GET {_one.Executing(2)}", _one.Page("FINISHED", null));
        var first = await host.GetAsync((await host.PostAsync("SELECT x FROM t")).NextUri!);
        Move(_one, null, host);
        first.Header("X-Trino-Query-Data-Encoding").ShouldBe("json");
        var rest = await host.FollowAsync(first);
        new[] { first, rest[0] }.Select(page => page.Json.GetProperty("data").GetRawText()).ShouldBe(segments);
        rest[^1].State.ShouldBe("FINISHED");
    }

    [Fact]
    public async Task What_waits_on_a_coordinator_behind_a_full_disk_is_not_given_up_by_it()
    {
        var time = new SteppedTime();
        await using var host = await StartAsync(spool => spool with { MaxPerQuery = 1_200_000 }, time: time);
        Script(_one, Pages(2));
        var page = await FirstRowsAsync(host);
        var unfetched = _one.Asked.Last();
        var asked = _one.Asked.Count;
        time.Leap(TimeSpan.FromSeconds(31));
        page = await host.GetAsync(page.NextUri!);
        (await host.GetAsync(page.NextUri!)).Rows.Length.ShouldBe(2);
        _one.Asked.Skip(asked).ShouldBe([unfetched]);
    }

    [Fact]
    public async Task A_whole_result_is_given_up_when_it_was_not_taken_for_longer_than_it_may_wait()
    {
        var time = new SteppedTime();
        await using var host = await StartAsync(time: time);
        Script(_one, Pages(3));
        var page = await FirstRowsAsync(host);
        time.Leap(TimeSpan.FromHours(7));
        page = await host.GetAsync(page.NextUri!);
        page.ErrorName.ShouldBe("SEGUE_QUERY_LOST");
        page.Text.ShouldContain("longer than recovery.spool.max_age allows (6h)");
        host.Services.Spool.Results.Used.ShouldBe(0);
    }

    [Fact]
    public async Task A_result_that_cannot_be_read_from_the_disk_again_ends_in_an_error()
    {
        Script(_one, Pages(3));
        var page = await FirstRowsAsync(_host);
        var file = Directory.GetFiles("/proc/self/fd").Single(file => new FileInfo(file).LinkTarget?.StartsWith(_files.Path, StringComparison.Ordinal) ?? false);
        await using (var open = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            open.SetLength(500_000);
        var last = (await _host.FollowAsync(page))[^1];
        last.ErrorName.ShouldBe("SEGUE_QUERY_LOST");
        last.Text.ShouldContain("cannot be read there");
        _host.Services.Spool.Results.Used.ShouldBe(0);
        AllIsFreed();
    }

    [Fact]
    public async Task A_write_is_never_kept_back()
    {
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), "[[1]]", "\"updateType\":\"INSERT\""));
        (await _host.GetAsync((await _host.PostAsync("INSERT INTO t VALUES 1")).NextUri!)).Rows.ShouldBe(["[1]"]);
        _one.Asked.ShouldNotContain($"GET {_one.Executing(1)}");
    }

    [Fact]
    public async Task Credentials_that_serve_one_call_are_used_for_one()
    {
        Script(_one, Pages(3));
        var posted = await _host.PostAsync("SELECT x FROM t", ("Authorization", "Negotiate x"));
        (await _host.GetAsync(posted.NextUri!, ("Authorization", "Negotiate y"))).Rows.Length.ShouldBe(3);
        _one.Asked.ShouldNotContain($"GET {_one.Executing(1)}");
    }

    [Fact]
    public async Task A_row_that_is_too_long_for_memory_waits_and_is_delivered()
    {
        var row = $"[\"{new string('y', 6 << 20)}\"]";
        Script(_one, [$"[[1],{row}]", "[[2]]"]);
        (await RowsAsync(await FirstRowsAsync(_host))).ShouldBe(["[1]", row, "[2]"]);
        AllIsFreed();
    }

    private string Progress => _one.Page("RUNNING", _one.Executing(1)).Replace("\"state\":\"RUNNING\"", "\"state\":\"RUNNING\",\"completedSplits\":7", StringComparison.Ordinal);

    private Task<GatewayHost> StartAsync(Func<SpoolConfig, SpoolConfig>? limits = null, EngineKind engine = EngineKind.Presto, string? folder = null, TimeProvider? time = null) => GatewayHost.StartAsync(
        engine, [_one, _other],
        config => config with { Recovery = config.Recovery with { Holdback = HoldbackMode.All, HoldbackBytes = 0, Spool = (limits ?? (spool => spool))(new SpoolConfig { KeepFree = 0 }) } },
        spool: folder ?? _files.Path,
        time: time);

    private static string[] Pages(int rows) => [.. Wide.Chunk(rows).Select(chunk => $"[{string.Join(',', chunk)}]")];

    /// <param name="pages">Rows of each page.</param>
    /// <param name="emptyEnd">One more page comes, as engines often send it.</param>
    private static void Script(ScriptedEngine engine, string[] pages, bool emptyEnd = false)
    {
        engine.On($"GET {engine.Executing(pages.Length)}", engine.Page("FINISHED", null));
        for (var i = 0; i < pages.Length; i++)
        {
            var last = i == pages.Length - 1 && !emptyEnd;
            engine.On($"GET {(i == 0 ? engine.Queued(1) : engine.Executing(i))}",
                engine.Page(last ? "FINISHED" : "RUNNING", last ? null : engine.Executing(i + 1), pages[i]));
        }
    }

    private static async Task<Answered> FirstRowsAsync(GatewayHost host)
    {
        var page = await host.PostAsync("SELECT x FROM t");
        while (page.Rows.IsEmpty)
            page = await host.GetAsync(page.NextUri.ShouldNotBeNull(page.Text));
        return page;
    }

    private async Task<List<string>> RowsAsync(Answered from, GatewayHost? host = null)
    {
        var rest = await (host ?? _host).FollowAsync(from);
        (rest.LastOrDefault() ?? from).ErrorName.ShouldBeNull();
        return [.. from.Rows, .. rest.SelectMany(page => page.Rows)];
    }

    private string StoryOf(GatewayHost host, string? id = null)
    {
        host.Services.Book.TryGet(id ?? _one.Id, out var handle).ShouldBeTrue();
        return string.Join('\n', handle!.Story.Moments.Select(moment => moment.Sentence));
    }

    /// <summary>Once the last page cannot be asked for again.</summary>
    private void AllIsFreed()
    {
        _host.Services.Book.Sweep(_host.Services.Now + TimeSpan.FromMinutes(1)).ShouldBeEmpty();
        _host.Services.Book.Memory.Used.ShouldBe(0);
        _host.Services.Spool.Results.Used.ShouldBe(0);
    }

    private void Move(ScriptedEngine from, ScriptedEngine? to, GatewayHost? host = null)
    {
        (host ?? _host).Cluster.Lose(from);
        (host ?? _host).Cluster.Open(to);
    }
}
