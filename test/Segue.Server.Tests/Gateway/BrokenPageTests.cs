using Microsoft.AspNetCore.Http;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Gateway.Pages;

namespace Segue.Server.Tests.Gateway;

/// <summary>Pages that a coordinator breaks off: whole rows only, each once (R4.1, I6).</summary>
public sealed class BrokenPageTests : IAsyncLifetime
{
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await GatewayHost.StartAsync(EngineKind.Trino, [_one, _other], Unkept);
        _one.TakeStatement();
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task A_page_that_breaks_off_twice_gives_every_row_once_also_when_an_answer_is_asked_for_again()
    {
        // each row is more than a stream keeps
        var rows = Enumerable.Range(1, 5).Select(number => $"[\"{new string('x', 2 * PageSender.StreamBytes)}{number}\"]").ToList();
        var page = _one.Page("FINISHED", null, $"[{string.Join(',', rows)}]");
        var breaks = new Queue<string>([rows[1], rows[2], rows[2]]);
        _one.On($"GET {_one.Queued(1)}", context => breaks.TryDequeue(out var behind)
            ? ScriptedEngine.BreakOffAsync(context, page, behind)
            : ScriptedEngine.SayAsync(context, page));
        var first = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        first.Rows.ShouldBe(rows[..2]);
        first.State.ShouldBe("RUNNING");
        var second = await _host.GetAsync(first.NextUri!);
        second.Rows.ShouldBe(rows[2..3]);
        // the same token again: from where it began, and not from the page's beginning
        second = await _host.GetAsync(first.NextUri!);
        second.Rows.ShouldBe(rows[2..3]);
        var last = await _host.GetAsync(second.NextUri!);
        last.Rows.ShouldBe(rows[3..]);
        last.NextUri.ShouldBeNull();
    }

    [Fact]
    public async Task A_page_that_broke_off_goes_on_behind_its_rows_after_a_restart_of_Segue_too()
    {
        var page = _one.Page("FINISHED", null, "[[1],[2],[3]]");
        _one.On($"GET {_one.Queued(1)}", context => ScriptedEngine.BreakOffAsync(context, page, "[2]"));
        var first = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        first.Rows.ShouldBe(["[1]", "[2]"]);
        _one.On($"GET {_one.Queued(1)}", page);
        await using var restarted = await GatewayHost.StartAsync(EngineKind.Trino, [_one, _other], Unkept);
        (await restarted.GetAsync(new Uri(first.NextUri!).PathAndQuery)).Rows.ShouldBe(["[3]"]);
    }

    [Fact]
    public async Task A_row_longer_than_memory_holds_waits_in_a_file_and_a_coordinator_that_breaks_inside_it_breaks_no_body()
    {
        var longRow = $"[\"{new string('x', UpstreamPage.MaxWaitingRow * 2)}\"]";
        var page = _one.Page("FINISHED", null, $"[[1],{longRow},[3]]");
        _one.On($"GET {_one.Queued(1)}", context => ScriptedEngine.BreakOffAsync(context, page, new string('x', 100)));
        var broken = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        broken.Rows.ShouldBe(["[1]"]);

        _one.On($"GET {_one.Queued(1)}", page);
        var whole = await _host.GetAsync(broken.NextUri!);
        whole.Rows.ShouldBe([longRow, "[3]"]);
        Directory.GetFiles(Path.GetTempPath(), "row-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_long_row_that_can_wait_nowhere_goes_out_in_pieces_and_a_coordinator_that_breaks_inside_it_breaks_the_body()
    {
        await using var host = await GatewayHost.StartAsync(EngineKind.Trino, [_one, _other], Unkept, spool: "/nowhere");
        var longRow = $"[\"{new string('x', UpstreamPage.MaxWaitingRow * 2)}\"]";
        var page = _one.Page("FINISHED", null, $"[[1],{longRow},[3]]");
        _one.On($"GET {_one.Queued(1)}", context => ScriptedEngine.BreakOffAsync(context, page, new string('x', 100)));
        var post = await host.PostAsync("SELECT 1");
        await Should.ThrowAsync<HttpRequestException>(() => host.GetAsync(post.NextUri!));

        // asked for again, as clients do after a broken connection, it comes whole
        _one.On($"GET {_one.Queued(1)}", page);
        (await host.GetAsync(post.NextUri!)).Rows.ShouldBe(["[1]", longRow, "[3]"]);
    }

    [Fact]
    public async Task A_page_that_is_one_long_row_comes_whole()
    {
        var longRow = $"[\"{new string('x', UpstreamPage.MaxWaitingRow + (1 << 20))}\"]";
        _one.On($"GET {_one.Queued(1)}", _one.Page("FINISHED", null, $"[{longRow}]"));
        (await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!)).Rows.ShouldBe([longRow]);
    }

    [Fact]
    public async Task A_page_that_says_its_coordinator_is_going_is_dropped_with_its_rows_and_the_read_runs_again()
    {
        _one.On($"GET {_one.Queued(1)}", _one.Page("FAILED", null, "[[1]]", ScriptedEngine.Error("SERVER_SHUTTING_DOWN")));
        _other.TakeStatement();
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, "[[1],[2]]"));
        _host.Cluster.OnConfirm = _ => _host.Cluster.Open(_other);
        var run = await _host.FollowAsync(await _host.PostAsync("SELECT 1"));
        run.SelectMany(page => page.Rows).ShouldBe(["[1]", "[2]"]);
    }

    [Fact]
    public async Task What_a_coordinator_says_of_a_read_that_was_taken_from_it_is_no_result()
    {
        _one.On($"GET {_one.Queued(1)}", async context =>
        {
            // thawed: it lost the active role while it was silent, and its queries were ended
            _host.Cluster.Open(_other);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(_one.Page("FAILED", null, null, ScriptedEngine.Error("ADMINISTRATIVELY_KILLED")));
            _host.Cluster.Change(_one, route => route with { Deposed = true });
        });
        _other.TakeStatement();
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, "[[1]]"));
        var run = await _host.FollowAsync(await _host.PostAsync("SELECT 1"));
        run[^1].ErrorName.ShouldBeNull(run[^1].Text);
        run.SelectMany(page => page.Rows).ShouldBe(["[1]"]);
    }

    [Theory]
    [InlineData("x", "x", true)]
    [InlineData("x", "y", false)]
    public async Task Columns_that_were_shown_stay_what_they_are_though_no_row_was_delivered(string shown, string then, bool same)
    {
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), "[]", columns: shown));
        _other.TakeStatement();
        _other.On($"GET {_other.Queued(1)}", _other.Page("FINISHED", null, "[[1]]", columns: then));
        var first = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        first.Rows.ShouldBeEmpty();
        _host.Cluster.Lose(_one);
        _host.Cluster.Open(_other);
        var run = await _host.FollowAsync(first);
        run[^1].ErrorName.ShouldBe(same ? null : "SEGUE_QUERY_LOST");
        run.SelectMany(page => page.Rows).Count().ShouldBe(same ? 1 : 0);
    }

    [Fact]
    public async Task A_read_is_not_run_again_behind_encoded_data_that_was_delivered()
    {
        // the coordinator is told the client's host but not who ended TLS
        var data = $$$"""{"encoding":"json","segments":[{"type":"inline","data":"W1sxXV0="},{"type":"spooled","uri":"https://{{{_host.Uri.Authority}}}/v1/spooled/download/a"}]}""";
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), data));
        var first = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        first.Json.GetProperty("data").GetRawText().ShouldBe(data.Replace("https:", "http:", StringComparison.Ordinal));
        _host.Cluster.Lose(_one);
        _host.Cluster.Open(_other);
        (await _host.FollowAsync(first))[^1].ErrorName.ShouldBe("SEGUE_QUERY_LOST");
        _other.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_encoding_than_the_one_that_was_shown_is_not_passed_on()
    {
        _one.On($"GET {_one.Queued(1)}", context => EncodedAsync(context, "json+zstd", _one.Page("RUNNING", _one.Executing(1))));
        _other.TakeStatement();
        _other.On($"GET {_other.Queued(1)}", context => EncodedAsync(context, "json", _other.Page("FINISHED", null, "[[1]]")));
        var first = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        first.Header("X-Trino-Query-Data-Encoding").ShouldBe("json+zstd");
        _host.Cluster.Lose(_one);
        _host.Cluster.Open(_other);
        (await _host.FollowAsync(first))[^1].ErrorName.ShouldBe("SEGUE_QUERY_LOST");
    }

    private static Task EncodedAsync(HttpContext context, string encoding, string page)
    {
        context.Response.Headers["X-Trino-Query-Data-Encoding"] = encoding;
        return ScriptedEngine.SayAsync(context, page);
    }

    private static ClusterConfig Unkept(ClusterConfig config) => config with { Recovery = config.Recovery with { HoldbackBytes = 0 } };
}
