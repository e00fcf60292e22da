using System.Net;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;

namespace Segue.Server.Tests.Gateway;

/// <summary>R3.7: the id that the client knows reaches the current attempt, hold included; an id is no secret, so nobody cancels by it what the coordinator would not let him.</summary>
public sealed class QueryRequestTests : IAsyncLifetime
{
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await GatewayHost.StartAsync(EngineKind.Trino, [_one, _other]);
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("RUNNING", engine.Executing(1)));
        }
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task The_first_id_reaches_the_run_that_took_over()
    {
        var page = await RecoveredAsync();
        _other.On($"GET /v1/query/{_other.Id}?pretty", """{"queryId":"other"}""");
        _other.On($"DELETE /v1/query/{_other.Id}", Status(204));
        (await _host.GetAsync($"/v1/query/{page.Id}?pretty")).Text.ShouldBe("""{"queryId":"other"}""");
        (await _host.SendAsync(HttpMethod.Delete, $"/v1/query/{page.Id}", null)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await _host.GetAsync(page.NextUri!)).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task The_first_id_reaches_the_run_that_took_over_also_after_a_restart_of_Segue()
    {
        var page = await RecoveredAsync();
        _other.On($"GET {_other.Executing(1)}", _other.Page("RUNNING", _other.Executing(2)));
        _other.On($"DELETE /v1/query/{_other.Id}", Status(204));
        await using var restarted = await GatewayHost.StartAsync(EngineKind.Trino, [_one, _other]);
        restarted.Cluster.Open(_other);
        (await restarted.GetAsync(new Uri(page.NextUri!).PathAndQuery)).Id.ShouldBe(page.Id);
        (await restarted.SendAsync(HttpMethod.Delete, $"/v1/query/{page.Id}", null)).Status.ShouldBe(HttpStatusCode.NoContent);
        _other.Asked.ShouldContain($"DELETE /v1/query/{_other.Id}");
    }

    [Fact]
    public async Task The_first_id_leads_on_before_during_and_after_a_recovery()
    {
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            foreach (var path in (string[])["/v1/query/", "/ui/api/query/"])
                engine.On($"GET {path}{engine.Id}", $$"""{"queryId":"{{engine.Id}}"}""");
        }
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        await LeadsToAsync(_one.Id);
        _host.Cluster.Lose(_one);
        // its client has not polled since
        (await _host.GetAsync($"/v1/query/{page.Id}")).Json.GetProperty("state").GetString().ShouldBe("QUEUED");
        _host.Cluster.Open(null);
        page = await _host.GetAsync(page.NextUri!);
        (await _host.GetAsync($"/v1/query/{page.Id}")).Json.GetProperty("state").GetString().ShouldBe("QUEUED");
        page.Json.GetProperty("infoUri").GetString().ShouldBe($"{_host.Uri}ui/query.html?{page.Id}");
        _host.Cluster.Open(_other);
        page = await _host.GetAsync(page.NextUri!);
        await LeadsToAsync(_other.Id);
        page.Json.GetProperty("infoUri").GetString().ShouldBe($"{_host.Uri}ui/query.html?{_other.Id}");

        async Task LeadsToAsync(string run)
        {
            foreach (var path in (string[])["/v1/query/", "/ui/api/query/"])
                (await _host.GetAsync(path + page.Id)).Json.GetProperty("queryId").GetString().ShouldBe(run);
        }
    }

    [Fact]
    public async Task A_cancel_that_the_coordinator_forbids_cancels_nothing()
    {
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        _one.On($"DELETE /v1/query/{_one.Id}", Status(403));
        _one.On($"GET {_one.Executing(1)}", _one.Page("FINISHED", null, "[[1]]"));
        (await _host.SendAsync(HttpMethod.Delete, $"/v1/query/{page.Id}", null, ("X-Trino-User", "mallory"))).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await _host.FollowAsync(page)).SelectMany(answer => answer.Rows).ShouldBe(["[1]"]);
    }

    [Fact]
    public async Task A_held_statement_is_described_to_and_cancelled_by_who_sent_it_alone()
    {
        _host.Cluster.Open(null);
        var held = await _host.PostAsync("SELECT 1", ("Authorization", "Basic YWxpY2U6c2VjcmV0"));
        var uri = $"/v1/query/{held.Id}";
        (await _host.GetAsync(uri)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await _host.SendAsync(HttpMethod.Delete, uri, null, ("Authorization", "Basic bWFsbG9yeTp4"))).Status.ShouldBe(HttpStatusCode.Forbidden);

        var info = await _host.GetAsync(uri, ("Authorization", "Basic YWxpY2U6c2VjcmV0"));
        info.Json.GetProperty("queryId").GetString().ShouldBe(held.Id);
        info.Json.GetProperty("state").GetString().ShouldBe("QUEUED");
        (await _host.SendAsync(HttpMethod.Delete, uri, null, ("Authorization", "Basic YWxpY2U6c2VjcmV0"))).Status.ShouldBe(HttpStatusCode.NoContent);
        _host.Cluster.Open(_one);
        (await _host.GetAsync(held.NextUri!)).Status.ShouldBe(HttpStatusCode.Gone);
        _one.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_statement_that_was_never_polled_is_cancelled_by_its_sender_alone_because_its_coordinator_says_yes_to_anybody()
    {
        var post = await _host.PostAsync("SELECT 1");
        _one.On($"DELETE /v1/query/{_one.Id}", Status(204));
        (await _host.SendAsync(HttpMethod.Delete, $"/v1/query/{post.Id}", null, ("Authorization", "Bearer mallory"))).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await _host.SendAsync(HttpMethod.Delete, $"/v1/query/{post.Id}", null)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await _host.GetAsync(post.NextUri!)).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task A_PUT_of_an_id_that_another_client_has_is_refused_and_the_same_PUT_again_is_the_same_query()
    {
        _host.Cluster.Open(null);
        var mine = await _host.SendAsync(HttpMethod.Put, "/v1/statement/my_query?slug=mine", "SELECT 1");
        mine.Id.ShouldBe("my_query");
        (await _host.SendAsync(HttpMethod.Put, "/v1/statement/my_query?slug=theirs", "SELECT 2")).Status.ShouldBe(HttpStatusCode.Conflict);
        (await _host.SendAsync(HttpMethod.Put, "/v1/statement/my_query?slug=mine", "SELECT 1")).Text.ShouldBe(mine.Text);
        _host.Services.Book.Count().Held.ShouldBe(1);
    }

    [Fact]
    public async Task An_id_that_somebody_chose_is_not_the_id_of_another_s_statement()
    {
        _one.On($"PUT /v1/statement/{_one.Id}?slug=mine", _one.Page("QUEUED", _one.Queued(1)));
        var chosen = await _host.SendAsync(HttpMethod.Put, $"/v1/statement/{_one.Id}?slug=mine", "SELECT 1");
        var post = await _host.PostAsync("SELECT 2");
        chosen.Id.ShouldBe(_one.Id);
        post.Id.ShouldNotBe(_one.Id);
        post.NextUri.ShouldNotBeNull();
    }

    private static Func<HttpContext, Task> Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>A page of a read that runs on the other coordinator after its first was lost.</summary>
    private async Task<Answered> RecoveredAsync()
    {
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        _host.Cluster.Lose(_one);
        _host.Cluster.Open(_other);
        page = await _host.GetAsync(page.NextUri!);
        page.Id.ShouldBe(_one.Id);
        return page;
    }
}
