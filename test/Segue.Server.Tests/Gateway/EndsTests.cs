using System.Net;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Tests.Discovery;

namespace Segue.Server.Tests.Gateway;

/// <summary>Nothing of a query goes on, or is kept, longer than somebody wants it.</summary>
public sealed class EndsTests : IAsyncLifetime
{
    private readonly SteppedTime _time = new();
    private readonly ScriptedEngine[] _engines = new ScriptedEngine[3];
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        foreach (var (i, incarnation) in ((int, string)[])[(0, "aaaaa"), (1, "bbbbb"), (2, "ccccc")])
        {
            var engine = _engines[i] = await ScriptedEngine.StartAsync(incarnation);
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("RUNNING", engine.Executing(1)));
            engine.On($"GET {engine.Executing(1)}", engine.Page("RUNNING", engine.Executing(1)));
        }
        _host = await GatewayHost.StartAsync(EngineKind.Trino, _engines, time: _time);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        foreach (var engine in _engines)
            await engine.DisposeAsync();
    }

    [Fact]
    public async Task A_read_that_ran_when_two_coordinators_died_in_a_row_is_not_run_on_a_third()
    {
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        for (var dead = 0; dead < 2; dead++)
        {
            page.State.ShouldBe("RUNNING");
            _host.Cluster.Lose(_engines[dead]);
            _host.Cluster.Open(_engines[dead + 1]);
            page = await _host.GetAsync(page.NextUri!);
        }
        page.ErrorName.ShouldBe("SEGUE_POISON_QUERY");
        page.Text.ShouldContain($"the last was {_engines[1].Name}");
        _engines[2].Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Coordinators_that_only_fell_silent_are_not_blamed_on_it()
    {
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        for (var silent = 0; silent < 2; silent++)
        {
            _host.Cluster.Change(_engines[silent], static route => route with { Liveness = Liveness.Silent, Deposed = true });
            _host.Cluster.Open(_engines[silent + 1]);
            page = await _host.GetAsync(page.NextUri!);
            page.ErrorName.ShouldBeNull(page.Text);
            page.State.ShouldBe("RUNNING");
        }
    }

    [Theory]
    [InlineData("held")]
    [InlineData("recovering")]
    [InlineData("running")]
    public async Task What_a_client_left_is_free_after_five_minutes_in_every_state(string state)
    {
        if (state == "held")
            _host.Cluster.Open(null);
        var page = await _host.PostAsync("SELECT 1");
        if (state != "held")
            page = await _host.GetAsync(page.NextUri!);
        if (state == "recovering")
        {
            _host.Cluster.Lose(_engines[0]);
            _host.Cluster.Open(null);
            await _host.GetAsync(page.NextUri!);
        }
        _host.Services.Book.Count().Held.ShouldBe(state == "running" ? 0 : 1);

        _time.Leap(TimeSpan.FromMinutes(4));
        _host.Services.Book.Sweep(_host.Services.Now).ShouldBeEmpty();
        _time.Leap(TimeSpan.FromMinutes(1.1));
        _host.Services.Book.Sweep(_host.Services.Now).Count.ShouldBe(1);
        _host.Services.Book.Count().ShouldBe(new(0, 0, state == "recovering" ? 1 : 0, 0));
        _host.Services.Book.Handles.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_a_poll_leaves_no_request_at_the_coordinator()
    {
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        var left = new TaskCompletionSource();
        _engines[0].On($"GET {_engines[0].Executing(1)}", async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            await left.Task;
        });
        using (var client = new HttpClient())
        {
            var polling = client.GetAsync(page.NextUri);
            await Until.TrueAsync(() => _engines[0].Asked.Contains($"GET {_engines[0].Executing(1)}"));
            client.CancelPendingRequests();
            await Should.ThrowAsync<OperationCanceledException>(polling);
        }
        await left.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
    }

    [Fact]
    public async Task A_run_whose_columns_differ_from_those_that_were_shown_is_ended_with_its_query()
    {
        _engines[0].On($"GET {_engines[0].Queued(1)}", _engines[0].Page("RUNNING", _engines[0].Executing(1), "[]"));
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        _engines[1].On($"GET {_engines[1].Queued(1)}", _engines[1].Page("RUNNING", _engines[1].Executing(1), "[]", columns: "y"));
        _host.Cluster.Lose(_engines[0]);
        _host.Cluster.Open(_engines[1]);
        (await _host.FollowAsync(page))[^1].ErrorName.ShouldBe("SEGUE_QUERY_LOST");
        await Until.TrueAsync(() => _engines[1].Asked.Any(request => request.StartsWith("DELETE", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_cancel_reaches_the_run_that_took_over()
    {
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        _host.Cluster.Lose(_engines[0]);
        _host.Cluster.Open(_engines[1]);
        page = await _host.GetAsync(page.NextUri!);
        (await _host.SendAsync(HttpMethod.Delete, page.NextUri!, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        _engines[1].Asked.Last().ShouldBe($"DELETE {_engines[1].Executing(1)}");
    }
}
