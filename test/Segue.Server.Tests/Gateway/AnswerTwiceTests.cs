using System.Net;
using Segue.Core.Model;

namespace Segue.Server.Tests.Gateway;

/// <summary>R3.8: a token is answered again with the same until its successor was polled, and nothing moves by it. R3.5: one stream, rows as the token counts them.</summary>
public sealed class AnswerTwiceTests : IAsyncLifetime
{
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await GatewayHost.StartAsync(
            EngineKind.Presto, [_one, _other], config => config with { Recovery = config.Recovery with { HoldbackBytes = 0 } });
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("QUEUED", engine.Queued(2)));
            engine.On($"GET {engine.Queued(2)}", engine.Page("RUNNING", engine.Executing(1), "[[1],[2]]"));
            engine.On($"GET {engine.Executing(1)}", engine.Page("RUNNING", engine.Executing(2), "[[3]]"));
            engine.On($"GET {engine.Executing(2)}", engine.Page("FINISHED", null));
        }
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Every_page_can_be_asked_for_twice_is_the_same_and_no_row_is_lost_or_doubled()
    {
        var rows = new List<string>();
        for (var next = (await _host.PostAsync("SELECT 1")).NextUri; next is not null;)
        {
            var first = await _host.GetAsync(next);
            var second = await _host.GetAsync(next);
            second.Status.ShouldBe(HttpStatusCode.OK);
            second.Rows.ShouldBe(first.Rows);
            second.State.ShouldBe(first.State);
            rows.AddRange(first.Rows);
            // a client may go on from either
            next = rows.Count % 2 == 0 ? first.NextUri : second.NextUri;
        }
        rows.ShouldBe(["[1]", "[2]", "[3]"]);
        _one.Asked.Count(request => request == $"GET {_one.Executing(1)}").ShouldBe(1);
    }

    [Theory]
    [InlineData(2, HttpStatusCode.OK)]
    [InlineData(int.MaxValue, HttpStatusCode.InternalServerError)]
    public async Task A_page_that_another_s_poll_took_from_under_this_one_is_asked_for_again_and_not_for_ever(int times, HttpStatusCode told)
    {
        var asked = 0;
        _one.On($"GET {_one.Queued(2)}", context =>
        {
            if (++asked > times)
                return ScriptedEngine.SayAsync(context, _one.Page("RUNNING", _one.Executing(1), "[[1],[2]]"));
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var page = await _host.GetAsync((await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!)).NextUri!);
        page.Status.ShouldBe(told);
        asked.ShouldBe(3);
    }

    [Fact]
    public async Task A_page_that_Segue_made_is_answered_again_and_nothing_moves()
    {
        _host.Cluster.Open(null);
        var held = await _host.PostAsync("SELECT 1");
        var queued = await _host.GetAsync(held.NextUri!);
        _host.Cluster.Open(_one);
        var again = await _host.GetAsync(held.NextUri!);
        again.Text.ShouldBe(queued.Text);
        _one.Asked.ShouldBeEmpty();
        (await _host.FollowAsync(queued)).SelectMany(page => page.Rows).ShouldBe(["[1]", "[2]", "[3]"]);
    }

    [Fact]
    public async Task An_error_of_Segue_s_can_be_asked_for_twice()
    {
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), "{}"));
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        _host.Cluster.Lose(_one);
        var error = await _host.GetAsync(page.NextUri!);
        error.ErrorName.ShouldBe("SEGUE_QUERY_LOST");
        (await _host.GetAsync(page.NextUri!)).Text.ShouldBe(error.Text);
    }

    [Fact]
    public async Task The_rows_of_an_answer_that_was_replaced_are_not_continued()
    {
        _one.On($"GET {_one.Queued(2)}", context => ScriptedEngine.BreakOffAsync(context, _one.Page("RUNNING", _one.Executing(1), "[[1],[2]]"), "[1]"));
        var post = await _host.PostAsync("SELECT 1");
        var queued = await _host.GetAsync(post.NextUri!);
        var broken = await _host.GetAsync(queued.NextUri!);
        broken.Rows.ShouldBe(["[1]"]);
        _one.On($"GET {_one.Queued(2)}", _one.Page("RUNNING", _one.Executing(1), "[[1],[2]]"));
        var whole = await _host.GetAsync(queued.NextUri!);
        whole.Rows.ShouldBe(["[1]", "[2]"]);
        (await _host.GetAsync(broken.NextUri!)).Status.ShouldBe(HttpStatusCode.Gone);
        (await _host.FollowAsync(whole)).SelectMany(page => page.Rows).ShouldBe(["[3]"]);
    }

    [Fact]
    public async Task A_token_is_gone_once_its_successor_was_polled()
    {
        var post = await _host.PostAsync("SELECT 1");
        var first = await _host.GetAsync(post.NextUri!);
        await _host.GetAsync(first.NextUri!);
        (await _host.GetAsync(post.NextUri!)).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task A_late_old_token_does_not_end_the_stream_of_a_newer_one()
    {
        var release = new TaskCompletionSource();
        _one.On($"GET {_one.Executing(1)}", async context =>
        {
            await release.Task;
            await ScriptedEngine.SayAsync(context, _one.Page("RUNNING", _one.Executing(2), "[[3]]"));
        });
        var post = await _host.PostAsync("SELECT 1");
        var page = await RowsAsync(post);
        var running = _host.GetAsync(page.NextUri!);
        await WaitForAsync(_one, $"GET {_one.Executing(1)}");
        (await _host.GetAsync(post.NextUri!)).Status.ShouldBe(HttpStatusCode.Gone);
        release.SetResult();
        (await running).Rows.ShouldBe(["[3]"]);
    }

    [Fact]
    public async Task A_second_poll_of_a_token_ends_the_first()
    {
        var never = new TaskCompletionSource();
        var page = await RowsAsync();
        _one.On($"GET {_one.Executing(1)}", context => never.Task.WaitAsync(context.RequestAborted));
        var first = _host.GetAsync(page.NextUri!);
        await WaitForAsync(_one, $"GET {_one.Executing(1)}");
        _one.On($"GET {_one.Executing(1)}", _one.Page("RUNNING", _one.Executing(2), "[[3]]"));
        (await _host.GetAsync(page.NextUri!)).Rows.ShouldBe(["[3]"]);
        (await first).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task What_clients_append_to_a_nextUri_reaches_the_coordinator()
    {
        var page = await RowsAsync();
        _one.On($"GET {_one.Executing(1)}&targetResultSize=5MB", _one.Page("RUNNING", _one.Executing(2), "[[3]]"));
        (await _host.GetAsync(page.NextUri! + "&targetResultSize=5MB")).Rows.ShouldBe(["[3]"]);
    }

    [Fact]
    public async Task Nothing_starts_after_a_cancel_also_not_by_a_token_from_before()
    {
        var post = await _host.PostAsync("INSERT INTO t VALUES (1)");
        (await _host.SendAsync(HttpMethod.Delete, post.NextUri!, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await _host.GetAsync(post.NextUri!)).Status.ShouldBe(HttpStatusCode.Gone);
        // R3.10: what was never polled is not deleted either
        _one.Asked.ShouldBe(["POST /v1/statement"]);
    }

    [Fact]
    public async Task A_poll_that_waits_for_the_turn_is_ended_by_a_cancel()
    {
        var never = new TaskCompletionSource();
        var page = await RowsAsync();
        _one.On($"GET {_one.Executing(1)}", context => never.Task.WaitAsync(context.RequestAborted));
        var polls = new[] { _host.GetAsync(page.NextUri!), _host.GetAsync(page.NextUri!), _host.GetAsync(page.NextUri!) };
        await WaitForAsync(_one, $"GET {_one.Executing(1)}");
        _one.On($"DELETE {_one.Executing(1)}", context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        (await _host.SendAsync(HttpMethod.Delete, page.NextUri!, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await Task.WhenAll(polls)).ShouldAllBe(answer => answer.Status == HttpStatusCode.Gone);
        _one.Asked.ShouldContain($"DELETE {_one.Executing(1)}");
    }

    [Fact]
    public async Task HEAD_is_no_poll_and_begins_nothing()
    {
        var post = await _host.PostAsync("INSERT INTO t VALUES (1)");
        (await _host.SendAsync(HttpMethod.Head, post.NextUri!, null)).Status.ShouldBe(HttpStatusCode.OK);
        _one.Asked.ShouldBe(["POST /v1/statement"]);
        (await _host.FollowAsync(post))[^1].State.ShouldBe("FINISHED");
    }

    private static Task WaitForAsync(ScriptedEngine engine, string request) => Until.TrueAsync(() => engine.Asked.Contains(request));

    private async Task<Answered> RowsAsync(Answered? from = null)
    {
        var page = from ?? await _host.PostAsync("SELECT 1");
        while (page.Rows.IsEmpty)
            page = await _host.GetAsync(page.NextUri!);
        return page;
    }
}
