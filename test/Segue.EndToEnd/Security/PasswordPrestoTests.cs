using System.Text.Json;
using Segue.Core.Protocol;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Security;

/// <summary>A real Presto with a password file behind TLS, and its plain port for its own nodes beside it.</summary>
public sealed class PasswordPresto : IAsyncLifetime
{
    public const int Http = 20101;
    public const int Https = 20102;

    private readonly Stack<RealEngine> _nodes = new();

    internal Secrets Secrets { get; } = new();

    public async Task InitializeAsync()
    {
        if (RealEngine.Script is null)
            return;
        var coordinator = await RealEngine.StartAsync(
            Dialect.Presto, "coordinator", Http,
            [.. Secrets.HttpsOn(Https), "--set", "http-server.authentication.type=PASSWORD", "--etc", Secrets.PathOf("password-authenticator.properties")]);
        _nodes.Push(coordinator);
        var worker = await RealEngine.StartAsync(Dialect.Presto, "worker", 20103, "--discovery", $"http://127.0.0.1:{Http}");
        _nodes.Push(worker);
        await coordinator.WaitAsync(TimeSpan.FromSeconds(120));
        await worker.WaitAsync(TimeSpan.FromSeconds(120));
    }

    public async Task DisposeAsync()
    {
        while (_nodes.TryPop(out var node))
            await node.DisposeAsync();
        Secrets.Dispose();
    }
}

/// <summary>R10.1 on a real Presto.</summary>
[Collection(RealEngines.Name)]
public sealed class PasswordPrestoTests(PasswordPresto presto) : IClassFixture<PasswordPresto>
{
    private static readonly string Verified = $"urls: [https://localhost:{PasswordPresto.Https}], tls: {{ca: CA}}, auth: {{user: segue, password: own}}";

    [SkippableFact]
    public async Task A_password_is_judged_through_Segue_as_it_is_directly()
    {
        RealEngines.Require();
        await using var segue = Start("https", "", Verified);
        using var direct = presto.Secrets.Client(new Uri($"https://localhost:{PasswordPresto.Https}"));
        using var through = presto.Secrets.Client(segue.Uri);
        (await segue.JudgedAsync()).Ready.ShouldBeTrue();

        foreach (var (method, target) in new[] { ("POST", "/v1/statement"), ("GET", "/v1/query"), ("GET", "/v1/info"), ("GET", "/ui/"), ("GET", "/v1/cluster"), ("DELETE", "/v1/query/20260101_000000_00001_aaaaa") })
        {
            foreach (var (user, credentials) in new[] { ("alice", "alice:wrong"), ("alice", "nobody:right"), ("alice", "alice:"), ("alice", null), (null, null), ("segue", null) })
            {
                var refused = await Exchange.SendAsync(direct, Dialect.Presto, method, target, user, credentials);
                // the files of the web UI are public
                refused.Status.ShouldBe(target == "/ui/" ? 200 : 401);
                (await Exchange.SendAsync(through, Dialect.Presto, method, target, user, credentials)).ShouldBe(refused, $"{method} {target} as {user} with {credentials}");
            }
        }
        foreach (var client in new[] { direct, through })
        {
            var accepted = await Exchange.SendAsync(client, Dialect.Presto, "POST", "/v1/statement", "alice", "alice:right");
            (await accepted.RowsAsync(client, Dialect.Presto, "alice", "alice:right")).ShouldBe("[1]");
        }
    }

    [SkippableFact]
    public async Task Canaries_and_probes_use_the_credentials_of_Segue_itself()
    {
        RealEngines.Require();
        await using var segue = Start("https", "", Verified);

        // the first of a cold coordinator may take longer than a canary may
        var coordinator = await segue.WaitAsync("a canary that ran", static coordinator => coordinator is { LastCanary.Succeeded: true, WorkersSeen: 1 });

        coordinator.Ready.ShouldBeTrue();
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData(", auth: {user: segue, password: another}")]
    public async Task Without_credentials_that_hold_it_is_alive_and_not_used(string auth)
    {
        RealEngines.Require();
        await using var segue = Start("https", "", $"urls: [https://localhost:{PasswordPresto.Https}], tls: {{ca: CA}}{auth}");

        var coordinator = await segue.JudgedAsync();

        coordinator.Sentence.ShouldContain("refuses Segue's own credentials (status 401): see coordinators.auth");
        coordinator.Ready.ShouldBeFalse();
    }

    [SkippableTheory]
    // listen, top of the file                          coordinators                                                          used?
    [InlineData("https", "",                                "urls: [https://localhost:HTTPS], tls: {ca: CA}, OWN",                   "healthy")]
    [InlineData("https", "",                                "urls: [https://localhost:HTTPS], tls: {verify: false}, OWN",            "healthy")]
    [InlineData("https", "",                                "urls: [https://localhost:HTTPS], tls: {ca: CA}, forwarded: true, OWN",  "healthy")]
    [InlineData("http",  "",                                "urls: [https://localhost:HTTPS], tls: {ca: CA}, OWN",                   "healthy")]
    [InlineData("http",  "trusted_proxies: [127.0.0.0/8]",  "urls: [https://localhost:HTTPS], tls: {ca: CA}, forwarded: true, OWN",  "healthy")]
    [InlineData("https", "",                                "urls: [http://127.0.0.1:HTTP]",                                         "has an https port, so perhaps authentication that plain http would skip")]
    [InlineData("http",  "",                                "urls: [http://127.0.0.1:HTTP]",                                         "has an https port, so perhaps authentication that plain http would skip")]
    [InlineData("https", "",                                "urls: [http://127.0.0.1:HTTP], forwarded: true, OWN",                   "let a bare user name in though it was told that the request came over https")]
    [InlineData("http",  "trusted_proxies: [127.0.0.0/8]",  "urls: [http://127.0.0.1:HTTP], forwarded: true",                        "let a bare user name in though it was told that the request came over https")]
    public async Task No_configuration_without_leave_lets_a_bare_user_name_in(string listen, string more, string coordinators, string verdict)
    {
        RealEngines.Require();
        await using var segue = Start(listen, more, coordinators);
        using var client = presto.Secrets.Client(segue.Uri);

        (await segue.JudgedAsync()).Sentence.ShouldContain(verdict);
        if (verdict != "healthy")
        {
            segue.Process.Output.ShouldContain(verdict);
            (await segue.StatusAsync()).Active.ShouldBeNull();
        }
        if (listen == "http" && verdict == "healthy" && more.Length == 0)
            segue.Process.Output.ShouldContain("in clear");
        foreach (var said in new[] { "", "http", "https" })
        {
            (string, string)[] headers = said.Length == 0 ? [] : [("X-Forwarded-Proto", said)];
            var statement = await Exchange.SendAsync(client, Dialect.Presto, "POST", "/v1/statement", "alice", null, headers);
            if (verdict == "healthy" || statement.Status != 200)
                statement.Status.ShouldBeOneOf(401, 403);
            else
                // held by Segue: no coordinator has it
                JsonDocument.Parse(statement.Body).RootElement.GetProperty("stats").GetProperty("state").GetString().ShouldBe("QUEUED");
            (await Exchange.SendAsync(client, Dialect.Presto, "GET", "/v1/query", "alice", null, headers)).Status.ShouldBeOneOf(401, 403, 503);
            (await Exchange.SendAsync(client, Dialect.Presto, "GET", "/v1/cluster", null, null, headers)).Status.ShouldBeOneOf(401, 403, 503);
        }
    }

    [SkippableFact]
    public async Task With_leave_a_bare_user_name_gets_in_as_it_would_directly()
    {
        RealEngines.Require();
        await using var segue = Start("http", "", $"urls: [http://127.0.0.1:{PasswordPresto.Http}], allow_unauthenticated: true");
        using var client = presto.Secrets.Client(segue.Uri);
        (await segue.JudgedAsync()).Ready.ShouldBeTrue();

        (await Exchange.SendAsync(client, Dialect.Presto, "GET", "/v1/query", "mallory", null)).Status.ShouldBe(200);
    }

    private GuardedSegue Start(string listen, string more, string coordinators) => GuardedSegue.Start(presto.Secrets, "presto", listen, more, coordinators
        .Replace("HTTPS", $"{PasswordPresto.Https}", StringComparison.Ordinal)
        .Replace("HTTP", $"{PasswordPresto.Http}", StringComparison.Ordinal)
        .Replace("CA}", presto.Secrets.PathOf("ca.pem") + "}", StringComparison.Ordinal)
        .Replace("OWN", "auth: {user: segue, password: own}", StringComparison.Ordinal));
}
