using System.Net;
using System.Net.Sockets;
using System.Text;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Upstream;

namespace Segue.Server.Tests.Gateway;

/// <summary>When a statement may have begun, and what follows (I1, I5, R3.9, R6.2).</summary>
public sealed class BeginTests : IAsyncLifetime
{
    private const string Insert = "INSERT INTO t VALUES (1)";

    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await GatewayHost.StartAsync(EngineKind.Presto, [_one, _other]);
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("FINISHED", null, "[[1]]", """ "updateType":"INSERT" """));
        }
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task A_write_whose_first_poll_meets_a_dead_coordinator_is_submitted_again_and_runs_once()
    {
        var post = await _host.PostAsync(Insert);
        await _one.CrashAsync();
        _host.Cluster.OnConfirm = _ =>
        {
            _host.Cluster.Lose(_one);
            _host.Cluster.Open(_other);
        };
        var run = await _host.FollowAsync(post);
        run[^1].State.ShouldBe("FINISHED", run[^1].Text);
        run[^1].Id.ShouldBe(post.Id);
        _other.Asked.ShouldBe(["POST /v1/statement", $"GET {_other.Queued(1)}"]);
    }

    [Fact]
    public async Task A_write_whose_first_poll_may_have_arrived_is_not_submitted_again()
    {
        var post = await _host.PostAsync(Insert);
        _one.On($"GET {_one.Queued(1)}", context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        _host.Cluster.OnConfirm = _ =>
        {
            _host.Cluster.Lose(_one);
            _host.Cluster.Open(_other);
        };
        var run = await _host.FollowAsync(post);
        run[^1].ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        _one.Asked.Count(request => request.StartsWith("GET", StringComparison.Ordinal)).ShouldBe(1);
        _other.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_whose_first_poll_meets_a_new_incarnation_is_submitted_again()
    {
        var post = await _host.PostAsync(Insert);
        _one.On($"GET {_one.Queued(1)}", context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        _host.Cluster.OnConfirm = _ =>
        {
            _host.Cluster.Change(_one, route => route with { Generation = route.Generation + 1, Incarnation = null });
            _host.Cluster.Open(_other);
        };
        (await _host.FollowAsync(post))[^1].State.ShouldBe("FINISHED");
        _other.Asked.ShouldBe(["POST /v1/statement", $"GET {_other.Queued(1)}"]);
    }

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData(Insert)]
    public async Task A_404_whose_sender_does_not_answer_when_it_is_looked_at_is_nobodys_word(string sql)
    {
        var post = await _host.PostAsync(sql);
        _one.On($"GET {_one.Queued(1)}", context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        _host.Cluster.OnConfirm = _ => _host.Cluster.Change(_one, static route => route with { Liveness = Liveness.Silent });
        var waits = await _host.GetAsync(post.NextUri!);
        waits.State.ShouldBe("QUEUED", waits.Text);
        // it answers again, as another process
        _host.Cluster.Change(_one, route => route with { Liveness = Liveness.Answering, Generation = route.Generation + 1, Incarnation = null });
        _host.Cluster.Open(_other);
        var last = (await _host.FollowAsync(waits))[^1];
        (last.State, last.ErrorName).ShouldBe(sql == Insert ? ("FAILED", "SEGUE_OUTCOME_UNKNOWN") : ("FINISHED", null));
    }

    [Fact]
    public async Task A_first_poll_goes_to_the_active_coordinator_alone()
    {
        var post = await _host.PostAsync("SELECT 1");
        _host.Cluster.Open(_other);
        (await _host.FollowAsync(post))[^1].State.ShouldBe("FINISHED");
        _one.Asked.ShouldBe(["POST /v1/statement"]);
    }

    [Fact]
    public async Task After_a_restart_of_Segue_what_may_be_a_first_poll_goes_to_the_active_coordinator_alone()
    {
        var post = await _host.PostAsync(Insert);
        await using var restarted = await GatewayHost.StartAsync(EngineKind.Presto, [_one, _other]);
        restarted.Cluster.Open(_other);
        var answer = await restarted.GetAsync(new Uri(post.NextUri!).PathAndQuery);
        answer.ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        _one.Asked.ShouldBe(["POST /v1/statement"]);
    }

    [Fact]
    public async Task After_a_restart_of_Segue_a_nextUri_is_polled_on()
    {
        var post = await _host.PostAsync(Insert);
        await using var restarted = await GatewayHost.StartAsync(EngineKind.Presto, [_one, _other]);
        var answer = await restarted.GetAsync(new Uri(post.NextUri!).PathAndQuery);
        answer.State.ShouldBe("FINISHED", answer.Text);
        answer.Id.ShouldBe(post.Id);
    }

    [Fact]
    public async Task A_request_that_goes_out_once_is_not_repeated_when_its_connection_ends_and_not_sent_to_who_does_not_answer()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var requests = 0;
        var silent = false;
        var serving = ServeAsync();
        var config = new CoordinatorConfig { Url = new Endpoint("http", "127.0.0.1", ((IPEndPoint)server.LocalEndpoint).Port) };
        using var client = new CoordinatorClient(config, new UpstreamTls(new UpstreamTlsConfig()), 1 << 20);

        (await SentAsync()).ShouldBeTrue();
        requests.ShouldBe(1);

        // what it guards against: the ordinary way repeats a GET by itself
        await Should.ThrowAsync<HttpRequestException>(async () => await client.SendAsync(client.Request(HttpMethod.Get, "/often"), CancellationToken.None));
        requests.ShouldBeGreaterThan(2);

        // the kernel accepts, nobody answers: a process that is dying or stands still
        silent = true;
        (await SentAsync()).ShouldBeFalse();

        server.Stop();
        await serving;
        (await SentAsync()).ShouldBeFalse();

        async Task<bool> SentAsync()
        {
            var connection = new OnlyConnection();
            await Should.ThrowAsync<HttpRequestException>(async () => await client.SendOnceAsync(client.Request(HttpMethod.Get, "/once"), connection, CancellationToken.None));
            return connection.Sent;
        }

        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var accepted = await server.AcceptTcpClientAsync();
                    var buffer = new byte[4096];
                    while (await accepted.GetStream().ReadAsync(buffer) is > 0 and var read && !silent)
                    {
                        if (!Encoding.ASCII.GetString(buffer, 0, read).Contains("/v1/info", StringComparison.Ordinal))
                        {
                            Interlocked.Increment(ref requests);
                            break;
                        }
                        await accepted.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray());
                    }
                }
            }
            catch (SocketException)
            {
                // stopped
            }
        }
    }

    [Fact]
    public async Task A_first_poll_over_its_own_connection_can_bring_a_large_page()
    {
        var rows = "[" + string.Join(',', Enumerable.Range(0, 300_000).Select(row => $"[{row}]")) + "]";
        _one.On($"GET {_one.Queued(1)}", _one.Page("FINISHED", null, rows));
        var run = await _host.FollowAsync(await _host.PostAsync(Insert));
        run.SelectMany(page => page.Rows).Count().ShouldBe(300_000);
    }

    [Theory]
    [InlineData(Insert, true)]
    [InlineData("SELECT 1", false)]
    public async Task Where_a_POST_begins_a_statement_a_write_whose_POST_was_not_answered_is_not_sent_again(string sql, bool write)
    {
        _host.Cluster.Change(_one, route => route with { ExecutesOnPost = true });
        _one.On("POST /v1/statement", context =>
        {
            _host.Cluster.Open(_other);
            context.Abort();
            return Task.CompletedTask;
        });
        var post = await _host.PostAsync(sql);
        post.NextUri.ShouldNotBeNull();
        var run = await _host.FollowAsync(post);
        if (write)
        {
            run[^1].ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN", run[^1].Text);
            _other.Asked.ShouldBeEmpty();
        }
        else
            run[^1].State.ShouldBe("FINISHED", run[^1].Text);
    }

    [Fact]
    public async Task Where_a_POST_begins_a_statement_a_write_that_was_never_polled_is_not_sent_again_after_its_coordinator_died()
    {
        _host.Cluster.Change(_one, route => route with { ExecutesOnPost = true });
        var post = await _host.PostAsync(Insert);
        _host.Cluster.Lose(_one);
        _host.Cluster.Open(_other);
        (await _host.FollowAsync(post))[^1].ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        _other.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_a_POST_begins_a_statement_one_that_met_no_connection_is_sent_to_the_next_coordinator()
    {
        _host.Cluster.Change(_one, route => route with { ExecutesOnPost = true });
        await _one.CrashAsync();
        var posting = _host.PostAsync(Insert);
        await Until.TrueAsync(() => !_host.Cluster.Failures.IsEmpty);
        _host.Cluster.Open(_other);
        (await _host.FollowAsync(await posting))[^1].State.ShouldBe("FINISHED");
    }
}
