using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Segue.Core.Configuration;
using Segue.Core.Model;

namespace Segue.Server.Tests.Gateway;

/// <summary>What clients send beside the ordinary: credentials for one call, too much of it, a connection that ends.</summary>
public sealed class ClientEdgeTests : IAsyncLifetime
{
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await GatewayHost.StartAsync(EngineKind.Trino, [_one, _other], limits: new LimitsConfig { StatementBytes = 2000 });
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("RUNNING", engine.Executing(1), "[[1]]"));
            engine.On($"GET {engine.Executing(1)}", engine.Page("FINISHED", null, "[[2]]"));
        }
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Theory]
    [InlineData("Negotiate YII", 1)]
    [InlineData("Bearer x", 2)]
    public async Task Credentials_that_serve_one_call_are_used_for_one(string authorization, int calls)
    {
        var post = await _host.PostAsync("SELECT 1", ("Authorization", authorization));
        var before = _one.Asked.Count;
        var page = await _host.GetAsync(post.NextUri!, ("Authorization", authorization));
        page.Rows.ShouldBe(["[1]"]);
        (_one.Asked.Count - before).ShouldBe(calls);
    }

    [Fact]
    public async Task Credentials_that_serve_one_call_do_not_submit_and_poll_in_one()
    {
        _host.Cluster.Open(null);
        var post = await _host.PostAsync("SELECT 1", ("Authorization", "Negotiate YII"));
        _host.Cluster.Open(_one);
        var submitted = await _host.GetAsync(post.NextUri!, ("Authorization", "Negotiate YII"));
        submitted.State.ShouldBe("QUEUED");
        _one.Asked.ShouldBe(["POST /v1/statement"]);
        (await _host.GetAsync(submitted.NextUri!, ("Authorization", "Negotiate YII"))).Rows.ShouldBe(["[1]"]);
    }

    [Fact]
    public async Task A_poll_that_is_refused_for_its_credentials_is_asked_again_with_better_ones()
    {
        _one.On($"GET {_one.Executing(1)}", context =>
        {
            if (context.Request.Headers.Authorization == "Bearer good")
                return ScriptedEngine.SayAsync(context, _one.Page("FINISHED", null, "[[2]]"));
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        var post = await _host.PostAsync("INSERT INTO t VALUES (1)");
        var page = await _host.GetAsync(post.NextUri!);
        (await _host.GetAsync(page.NextUri!, ("Authorization", "Bearer bad"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await _host.GetAsync(page.NextUri!, ("Authorization", "Bearer good"))).Rows.ShouldBe(["[2]"]);
    }

    [Fact]
    public async Task The_coordinator_s_headers_come_with_the_answer_to_a_POST()
    {
        _one.On("POST /v1/statement", context =>
        {
            context.Response.Headers["X-Trino-Something"] = "set";
            context.Response.Headers.SetCookie = "a=b";
            return ScriptedEngine.SayAsync(context, _one.Page("QUEUED", _one.Queued(1)));
        });
        var post = await _host.PostAsync("SELECT 1");
        post.Header("X-Trino-Something").ShouldBe("set");
        post.Header("Set-Cookie").ShouldBe("a=b");
    }

    [Theory]
    [InlineData("POST", "/v1/statement")]
    [InlineData("PUT", "/v1/statement/my_query?slug=x")]
    public async Task A_statement_past_the_limit_is_413_and_says_which_limit(string method, string path)
    {
        var answer = await _host.SendAsync(new HttpMethod(method), path, new string('x', 2001));
        answer.Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        answer.Text.ShouldContain("limits.statement");
        _one.Asked.ShouldBeEmpty();
        (await _host.SendAsync(HttpMethod.Post, "/v1/statement", "SELECT 1 --" + new string('x', 1900))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Credentials_are_checked_by_HEAD_and_a_partial_cancel_reaches_the_stage_s_coordinator()
    {
        _one.On("HEAD /v1/statement", static context =>
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer good" ? 200 : 401;
            return Task.CompletedTask;
        });
        (await _host.SendAsync(HttpMethod.Head, "/v1/statement", null, ("Authorization", "Bearer good"))).Status.ShouldBe(HttpStatusCode.OK);
        (await _host.SendAsync(HttpMethod.Head, "/v1/statement", null)).Status.ShouldBe(HttpStatusCode.Unauthorized);

        // a stage of the other coordinator's, which is not the active one
        var path = $"/v1/statement/executing/partialCancel/{_other.Id}/0/slug/1";
        _other.On($"DELETE {path}", static context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        (await _host.SendAsync(HttpMethod.Delete, path, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1), null, $"\"partialCancelUri\":\"{_one.Uri.GetLeftPart(UriPartial.Authority)}/v1/stage/{_one.Id}.0\""));
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        foreach (var name in (string[])["partialCancelUri", "infoUri", "nextUri"])
            new Uri(page.Json.GetProperty(name).GetString()!).Authority.ShouldBe(_host.Uri.Authority);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_its_upstream_request()
    {
        var gone = new TaskCompletionSource();
        _one.On($"GET {_one.Queued(1)}", async context =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                gone.SetResult();
            }
        });
        var post = await _host.PostAsync("SELECT 1");
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(IPAddress.Loopback, _host.Uri.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {new Uri(post.NextUri!).PathAndQuery} HTTP/1.1\r\nHost: a\r\n\r\n"));
            await Until.TrueAsync(() => _one.Asked.Contains($"GET {_one.Queued(1)}"));
        }
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
    }

    [Fact]
    public async Task A_slow_client_holds_back_its_own_coordinator_connection_and_little_memory()
    {
        var sent = 0L;
        var row = Encoding.ASCII.GetBytes($",[\"{new string('x', 1000)}\"]");
        _one.On($"GET {_one.Queued(1)}", async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"id":"{{_one.Id}}","columns":[],"data":[[0]""");
            for (var i = 0; i < 100_000; i++)
            {
                await context.Response.Body.WriteAsync(row, context.RequestAborted);
                Interlocked.Add(ref sent, row.Length);
            }
            await context.Response.WriteAsync("""],"stats":{"state":"FINISHED"}}""");
        });
        var post = await _host.PostAsync("SELECT 1");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8192 };
        await socket.ConnectAsync(IPAddress.Loopback, _host.Uri.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {new Uri(post.NextUri!).PathAndQuery} HTTP/1.1\r\nHost: a\r\n\r\n"));
        // it stands still once every buffer on the way is full
        var before = -1L;
        await Until.TrueAsync(async () =>
        {
            var now = Interlocked.Read(ref sent);
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
            (var last, before) = (before, now);
            return now > 0 && now == last;
        });
        Interlocked.Read(ref sent).ShouldBeLessThan(20 << 20);
    }

    [Fact]
    public async Task What_Segue_added_to_a_request_is_measured_without_the_waits()
    {
        var added = new List<double>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "segue.added.duration" && instrument.Meter == _host.Metrics.Meter)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) =>
        {
            lock (added)
                added.Add(value);
        });
        listener.Start();
        _one.On($"GET {_one.Queued(1)}", async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
            await ScriptedEngine.SayAsync(context, _one.Page("FINISHED", null, "[[1]]"));
        });
        await _host.FollowAsync(await _host.PostAsync("SELECT 1"));
        await Until.TrueAsync(() => added.Count == 2);
        added.ShouldAllBe(seconds => seconds > 0 && seconds < 1);
    }
}
