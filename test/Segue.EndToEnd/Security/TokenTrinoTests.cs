using Segue.Core.Protocol;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Security;

/// <summary>Real Trinos with and without authentication by token; none needs a worker, because a POST is answered without one.</summary>
public sealed class TokenTrino : IAsyncLifetime
{
    /// <summary>No authentication, as it comes.</summary>
    public const int Open = 20115;

    /// <summary>Authentication on an https port, and leave for anybody on this plain one.</summary>
    public const int Insecure = 20111;

    /// <summary>Authentication for what an https front forwards.</summary>
    public const int Forwarded = 20117;

    private readonly Stack<RealEngine> _nodes = new();

    internal Secrets Secrets { get; } = new();

    public async Task InitializeAsync()
    {
        if (RealEngine.Script is null)
            return;
        string[] tokens = ["--set", "http-server.authentication.type=JWT", "--set", $"http-server.authentication.jwt.key-file={Secrets.PathOf("jwt.key")}"];
        _nodes.Push(await RealEngine.StartAsync(Dialect.Trino, "coordinator", Open));
        _nodes.Push(await RealEngine.StartAsync(
            Dialect.Trino, "coordinator", Insecure, [.. Secrets.HttpsOn(20112), .. tokens, "--set", "http-server.authentication.allow-insecure-over-http=true"]));
        _nodes.Push(await RealEngine.StartAsync(Dialect.Trino, "coordinator", Forwarded, [.. tokens, "--set", "http-server.process-forwarded=true"]));
        foreach (var node in _nodes)
            await node.WaitAsync(TimeSpan.FromSeconds(120));
    }

    public async Task DisposeAsync()
    {
        while (_nodes.TryPop(out var node))
            await node.DisposeAsync();
        Secrets.Dispose();
    }
}

/// <summary>R10.1 and R10.3 on a real Trino.</summary>
[Collection(RealEngines.Name)]
public sealed class TokenTrinoTests(TokenTrino trino) : IClassFixture<TokenTrino>
{
    [SkippableFact]
    public async Task A_Trino_without_authentication_needs_no_configuration_and_never_sees_a_forwarded_header()
    {
        RealEngines.Require();
        await using var segue = Start("http", $"urls: [http://127.0.0.1:{TokenTrino.Open}]");
        using var direct = trino.Secrets.Client(new Uri($"http://127.0.0.1:{TokenTrino.Open}"));
        using var through = trino.Secrets.Client(segue.Uri);
        (await segue.JudgedAsync()).Ready.ShouldBeTrue();

        foreach (var name in new[] { "X-Forwarded-Proto", "X-Forwarded-For", "X-Forwarded-Host" })
        {
            (await Exchange.SendAsync(direct, Dialect.Trino, "POST", "/v1/statement", "alice", null, (name, "https"))).Status.ShouldBe(406, name);
            (await Exchange.SendAsync(through, Dialect.Trino, "POST", "/v1/statement", "alice", null, (name, "https"))).Status.ShouldBe(200, name);
        }
    }

    [SkippableTheory]
    [InlineData("http",  TokenTrino.Insecure,  "",                 "has an https port, so perhaps authentication that plain http would skip")]
    [InlineData("http",  TokenTrino.Forwarded, "",                 "has authentication (status 403 without credentials)")]
    [InlineData("https", TokenTrino.Insecure,  ", forwarded: true", "does not accept requests with X-Forwarded-Proto: https (status 406)")]
    public async Task A_Trino_whose_authentication_plain_http_would_skip_is_not_used(string listen, int port, string more, string verdict)
    {
        RealEngines.Require();
        await using var segue = Start(listen, $"urls: [http://127.0.0.1:{port}]{more}");

        (await segue.JudgedAsync()).Sentence.ShouldContain(verdict);
        segue.Process.Output.ShouldContain(verdict);
        (await segue.StatusAsync()).Active.ShouldBeNull();
    }

    [SkippableFact]
    public async Task A_forwarded_Trino_judges_tokens_through_Segue_as_behind_any_https_front()
    {
        RealEngines.Require();
        var token = $"Bearer {trino.Secrets.TokenOf("alice")}";
        await using var segue = Start("https", $"urls: [http://127.0.0.1:{TokenTrino.Forwarded}], forwarded: true, auth: {{user: segue, token: {trino.Secrets.TokenOf("segue")}}}");
        using var direct = trino.Secrets.Client(new Uri($"http://127.0.0.1:{TokenTrino.Forwarded}"));
        using var through = trino.Secrets.Client(segue.Uri);
        (await segue.JudgedAsync()).Ready.ShouldBeTrue();

        foreach (var (method, target) in new[] { ("POST", "/v1/statement"), ("GET", "/v1/query"), ("GET", "/ui/api/cluster") })
        {
            foreach (var credentials in new[] { null, "Bearer nonsense", "alice:password", token[..^3] + "AAA" })
            {
                var refused = await Exchange.SendAsync(direct, Dialect.Trino, method, target, "alice", credentials, ("X-Forwarded-Proto", "https"));
                refused.Status.ShouldBe(401);
                (await Exchange.SendAsync(through, Dialect.Trino, method, target, "alice", credentials, ("X-Forwarded-Proto", "http"))).ShouldBe(refused, $"{method} {target} with {credentials}");
            }
        }
        var accepted = await Exchange.SendAsync(through, Dialect.Trino, "POST", "/v1/statement", "alice", token);
        accepted.Status.ShouldBe(200);
        accepted.Body.ShouldContain("https://cluster.example:8443/v1/statement/");
    }

    private GuardedSegue Start(string listen, string coordinators) => GuardedSegue.Start(trino.Secrets, "trino", listen, "", coordinators);
}
