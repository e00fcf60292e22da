using System.Net;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Server.Admin;

namespace Segue.Server.Tests.Gateway;

/// <summary>What an operator sees of queries, and what his cancel does (I7, R10.4).</summary>
public sealed class QueriesApiTests : IAsyncLifetime
{
    private const string Insert = "INSERT INTO t VALUES (1)";

    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;
    private AdminFront _admin = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await GatewayHost.StartAsync(EngineKind.Presto, [_one, _other]);
        _admin = await AdminFront.StartAsync(_host);
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("RUNNING", engine.Executing(1)));
            engine.On($"GET {engine.Executing(1)}", engine.Page("FINISHED", null, "[[1],[2]]"));
            engine.On($"DELETE {engine.Executing(1)}", NoContent);
        }
    }

    public async Task DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _host.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task A_running_query_is_listed_with_its_user_its_run_and_no_literal()
    {
        await RunningAsync("SELECT * FROM t -- mine\n WHERE password = 'p4ss'");
        var query = (await _admin.ListAsync()).Queries.ShouldHaveSingleItem();
        query.Id.ShouldBe(_one.Id);
        query.State.ShouldBe("running");
        query.User.ShouldBe("alice");
        query.Statement.ShouldBe("SELECT * FROM t WHERE password = '…'");
        query.WaitingSince.ShouldBeNull();
        Runs(query).ShouldBe([$"{_one.Name} as {_one.Id}, 0 rows: The client sent it."]);
        Sentences(query).ShouldBe([$"{_one.Name} took it as {_one.Id}.", $"Its first poll went to {_one.Name}."]);
    }

    [Fact]
    public async Task The_story_of_a_recovery_goes_from_the_hold_to_the_end_and_is_found_by_every_id_that_it_had()
    {
        _host.Cluster.Open(null);
        var held = await _host.PostAsync("SELECT 1");
        var before = await _admin.QueryAsync(held.Id);
        before.State.ShouldBe("held");
        before.WaitingSince.ShouldNotBeNull();
        before.Runs.ShouldBeEmpty();
        _host.Cluster.Open(_one);
        var running = await _host.GetAsync(held.NextUri!);
        _host.Cluster.Lose(_one);
        _host.Cluster.Open(null);
        var waiting = await _host.GetAsync(running.NextUri!);
        waiting.State.ShouldBe("QUEUED");
        (await _admin.ListAsync()).Queries.ShouldHaveSingleItem().State.ShouldBe("recovering");
        _host.Cluster.Open(_other);
        (await _host.FollowAsync(waiting))[^1].State.ShouldBe("FINISHED");

        (await _admin.ListAsync()).Queries.ShouldBeEmpty();
        foreach (var id in (string[])[held.Id, _one.Id, _other.Id])
            (await _admin.QueryAsync(id)).Id.ShouldBe(held.Id);
        var after = await _admin.QueryAsync(held.Id);
        after.State.ShouldBe("finished");
        var lost = $"{_one.Name} was lost and no row was delivered; it is a query, so it is run again.";
        Sentences(after).ShouldBe(
        [
            "It waits: As the test says.",
            $"{_one.Name} took it as {_one.Id}.",
            $"Its first poll went to {_one.Name}.",
            lost,
            "It waits: As the test says.",
            $"{_other.Name} took it as {_other.Id}.",
            $"Its first poll went to {_other.Name}.",
            "It finished; 2 rows were delivered.",
        ], string.Join('\n', Sentences(after)));
        Runs(after).ShouldBe([$"{_one.Name} as {_one.Id}, 0 rows: It waits: As the test says.", $"{_other.Name} as {_other.Id}, 2 rows: {lost}"]);
    }

    [Fact]
    public async Task The_story_says_how_many_rows_were_kept_back_and_replaced_unseen()
    {
        _one.On($"GET {_one.Executing(1)}", _one.Page("RUNNING", _one.Executing(2), "[[1],[3]]"));
        _one.On($"GET {_one.Executing(2)}", context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        _host.Cluster.OnConfirm = _ =>
        {
            _host.Cluster.Lose(_one);
            _host.Cluster.Open(_other);
        };
        var last = (await _host.FollowAsync(await RunningAsync("SELECT x FROM t")))[^1];
        last.State.ShouldBe("FINISHED", last.Text);
        (await _admin.QueryAsync(last.Id)).Runs[^1].Why.ShouldBe(
            $"{_one.Name} was lost and no row was delivered; it is a query, so it is run again. 2 rows that were kept back are dropped, no client has seen them.");
    }

    [Fact]
    public async Task A_run_that_was_silent_and_answers_again_is_said_to_run_on()
    {
        var page = await RunningAsync(Insert);
        _host.Cluster.Change(_one, route => route with { Liveness = Core.Routing.Liveness.Silent });
        page = await _host.GetAsync(page.NextUri!);
        (await _admin.QueryAsync(page.Id)).State.ShouldBe("recovering");
        _host.Cluster.Change(_one, route => route with { Liveness = Core.Routing.Liveness.Answering });
        await _host.FollowAsync(page);
        Sentences(await _admin.QueryAsync(page.Id))[^2].ShouldBe($"{_one.Name} answers, and it runs on.");
        _host.Metrics.RecoveriesOf("main").ShouldContainKeyAndValue("polled_on", 1);
    }

    [Fact]
    public async Task An_operator_s_cancel_of_a_held_statement_is_the_client_s_one_clear_error()
    {
        _host.Cluster.Open(null);
        var held = await _host.PostAsync(Insert);
        (await _admin.CancelAsync(held.Id)).ShouldBe(new CancelReport(held.Id, $"Query {held.Id} is cancelled. No coordinator had it."));
        _host.Services.Book.Count().ShouldBe(new(0, 0, 0, 0));
        _host.Cluster.Open(_one);
        var end = await _host.GetAsync(held.NextUri!);
        end.ErrorName.ShouldBe("SEGUE_CANCELED");
        Message(end).ShouldBe("An operator cancelled this query with segue queries cancel. It was not started.");
        (await _host.GetAsync(held.NextUri!)).Text.ShouldBe(end.Text);
        _one.Asked.ShouldBeEmpty();
        (await _admin.QueryAsync(held.Id)).State.ShouldBe("canceled");
        (await _admin.CancelAsync(held.Id)).Done.ShouldBeFalse();
    }

    [Theory]
    [InlineData("SELECT 1", "It changed nothing.")]
    [InlineData(Insert, "It may or may not have taken effect: before you send it again, look for query ")]
    public async Task An_operator_s_cancel_of_a_running_query_reaches_its_coordinator_and_the_client_is_told_the_truth(string sql, string truth)
    {
        var page = await RunningAsync(sql);
        var canceled = await _admin.CancelAsync(_one.Id);
        canceled.Sentence.ShouldBe($"Query {page.Id} is cancelled, and so is its run {_one.Id} on {_one.Name}.");
        _one.Asked.Last().ShouldBe($"DELETE {_one.Executing(1)}");
        Message(await _host.GetAsync(page.NextUri!)).ShouldStartWith("An operator cancelled this query with segue queries cancel. " + truth);
        _one.Asked.ShouldNotContain($"GET {_one.Executing(1)}");
        _host.Services.Book.Memory.Used.ShouldBe(0);
    }

    [Fact]
    public async Task A_poll_that_is_under_way_answers_with_the_operator_s_cancel_and_not_with_the_engine_s_word_for_it()
    {
        var page = await RunningAsync("SELECT 1");
        var killed = new TaskCompletionSource();
        _one.On($"GET {_one.Executing(1)}", async context =>
        {
            await killed.Task;
            await ScriptedEngine.SayAsync(context, _one.Page("FAILED", null, null, ScriptedEngine.Error("USER_CANCELED")));
        });
        _one.On($"DELETE {_one.Executing(1)}", context =>
        {
            killed.SetResult();
            return NoContent(context);
        });
        var polling = _host.GetAsync(page.NextUri!);
        await Until.TrueAsync(() => _one.Asked.Contains($"GET {_one.Executing(1)}"));
        (await _admin.CancelAsync(page.Id)).Done.ShouldBeTrue();
        (await polling).ErrorName.ShouldBe("SEGUE_CANCELED");
    }

    [Fact]
    public async Task An_operator_s_cancel_while_a_run_is_being_submitted_ends_the_run_that_the_submit_begins()
    {
        var release = new TaskCompletionSource();
        var posted = await PostingAsync(release.Task);
        var canceling = _admin.CancelAsync(posted.Id);
        await Until.TrueAsync(() => _host.Services.Book.TryGet(posted.Id, out var handle) && handle.CanceledByOperator);
        release.SetResult();
        (await canceling).Done.ShouldBeTrue();
        (await posted.Polling).ErrorName.ShouldBe("SEGUE_CANCELED");
        await Until.TrueAsync(() => _other.Asked.Contains($"DELETE {_other.Queued(1)}"));
        _other.Asked.ShouldNotContain($"GET {_other.Queued(1)}");
    }

    [Fact]
    public async Task A_client_s_cancel_while_a_run_is_being_submitted_ends_the_run_that_the_submit_begins()
    {
        var release = new TaskCompletionSource();
        var posted = await PostingAsync(release.Task);
        var canceling = _host.SendAsync(HttpMethod.Delete, posted.NextUri, null);
        await Until.TrueAsync(() => _host.Services.Book.TryGet(posted.Id, out var handle) && handle.Ended);
        release.SetResult();
        (await canceling).Status.ShouldBe(HttpStatusCode.NoContent);
        (await posted.Polling).Status.ShouldBe(HttpStatusCode.Gone);
        _other.Asked.ShouldBe(["POST /v1/statement", $"DELETE {_other.Queued(1)}"]);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("Forwarded", "for=10.0.0.1")]
    [InlineData("Host", "segue.example:8081")]
    [InlineData("Origin", "http://127.0.0.1:8081")]
    public async Task Who_is_not_on_this_machine_cancels_nothing_and_sees_neither_users_nor_statements(string header, string value)
    {
        var page = await RunningAsync("SELECT 1");
        var (status, body) = await _admin.SendAsync(HttpMethod.Delete, $"/api/queries/{page.Id}", header, value);
        status.ShouldBe(HttpStatusCode.Forbidden);
        body.ShouldContain("127.0.0.1 or localhost");
        foreach (var path in (string[])["/api/queries", $"/api/queries/{page.Id}"])
        {
            (_, body) = await _admin.SendAsync(HttpMethod.Get, path, header, value);
            body.ShouldContain(_one.Name);
            body.ShouldNotContain("alice");
            body.ShouldNotContain("SELECT");
        }
        (await _host.FollowAsync(page))[^1].State.ShouldBe("FINISHED");
    }

    [Fact]
    public async Task What_is_not_known_or_has_ended_is_said_to_be_so()
    {
        (await _admin.SendAsync(HttpMethod.Get, "/api/queries/nothing")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await _admin.SendAsync(HttpMethod.Delete, "/api/queries/nothing")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await _admin.SendAsync(HttpMethod.Post, "/api/queries/nothing")).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await _admin.SendAsync(HttpMethod.Delete, "/api/queries")).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        var page = await RunningAsync("SELECT 1");
        await _host.FollowAsync(page);
        (await _admin.SendAsync(HttpMethod.Delete, $"/api/queries/{page.Id}")).Status.ShouldBe(HttpStatusCode.Conflict);
        (await _admin.CancelAsync(page.Id)).Sentence.ShouldBe($"Query {page.Id} has ended already: It finished; 2 rows were delivered.");
    }

    private static Task NoContent(HttpContext context)
    {
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private static List<string> Sentences(QueryReport query) => [.. query.Story.Select(moment => moment.Sentence)];

    private static List<string> Runs(QueryReport query) =>
        [.. query.Runs.Select(run => $"{run.Coordinator} as {run.QueryId}, {run.RowsDelivered} rows: {run.Why}")];

    private static string Message(Answered answer) => answer.Json.GetProperty("error").GetProperty("message").GetString()!;

    private async Task<Answered> RunningAsync(string sql) => await _host.GetAsync((await _host.PostAsync(sql)).NextUri!);

    /// <summary>A read whose coordinator was lost, while its next poll waits for another one, which begins statements at the POST, to answer that.</summary>
    private async Task<Posted> PostingAsync(Task released)
    {
        var page = await RunningAsync("SELECT 1");
        _host.Cluster.Change(_other, route => route with { ExecutesOnPost = true });
        _other.On("POST /v1/statement", async context =>
        {
            await released;
            await ScriptedEngine.SayAsync(context, _other.Page("QUEUED", _other.Queued(1)));
        });
        _other.On($"DELETE {_other.Queued(1)}", NoContent);
        _host.Cluster.Lose(_one);
        _host.Cluster.Open(_other);
        var polling = _host.GetAsync(page.NextUri!);
        await Until.TrueAsync(() => _other.Asked.Contains("POST /v1/statement"));
        return new Posted(page.Id, page.NextUri!, polling);
    }

    private sealed record Posted(string Id, string NextUri, Task<Answered> Polling);
}
