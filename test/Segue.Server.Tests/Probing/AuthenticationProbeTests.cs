using Microsoft.AspNetCore.Http;
using Segue.Core.Configuration;
using Segue.Core.Protocol;
using Segue.Server.Probing;
using Segue.Server.Upstream;

namespace Segue.Server.Tests.Probing;

/// <summary>R10.1 against what the engines were seen to answer (protocol.md §6).</summary>
public sealed class AuthenticationProbeTests
{
    private const string Plain = "io_airlift_http_server_name_HttpServer_HttpConnectionStats_TotalConnectionCount 4.0\n";
    private const string Secure = "io_airlift_http_server_name_HttpServer_HttpsConnectionStats_TotalConnectionCount 0.0\n";

    [Theory]
    // engine    bare name  told https   bean   metrics          what is said; empty where it may be used
    [InlineData("presto",   200,         200,         204,   "",              "")]                              // no https port
    [InlineData("presto",   200,         200,         200,   "",              "has an https port, so perhaps")]  // 0.287 with a password file
    [InlineData("presto",   200,         401,         204,   "",              "has authentication for requests that came over https")]
    [InlineData("presto",   200,         200,         404,   "",              "does not tell whether it has an https port")]
    [InlineData("presto",   401,         401,         204,   "",              "has authentication (status 401 without credentials)")]
    [InlineData("presto",   503,         503,         204,   "",              "does not tell whether it has authentication that plain http would skip (status 503)")]
    [InlineData("trino",    200,         406,         404,   Plain,           "")]                              // 483 as it comes
    [InlineData("trino",    200,         406,         404,   Plain + Secure,  "has an https port, so perhaps")]  // 483, allow-insecure-over-http=true
    [InlineData("trino",    200,         406,         404,   "# EOF\n",       "does not tell whether it has an https port")]
    [InlineData("trino",    200,         406,         404,   "",              "does not tell whether it has an https port")]
    [InlineData("trino",    403,         406,         404,   "",              "has authentication (status 403 without credentials)")]
    public async Task Over_plain_http_only_a_coordinator_without_any_authentication_may_be_used(
        string engine, int bare, int toldHttps, int bean, string metrics, string says) =>
        Said(await JudgeAsync(engine, forwarded: false, bare, toldHttps, bean, metrics), says);

    [Theory]
    // engine    bare name  told https   bean   metrics          what is said; empty where it may be used
    [InlineData("trino",    403,         401,         404,   "",              "")]                              // 483, process-forwarded=true
    [InlineData("trino",    200,         200,         404,   Plain,           "")]                              // no authentication at all
    [InlineData("trino",    200,         200,         404,   Plain + Secure,  "let a bare user name in")]
    [InlineData("trino",    403,         406,         404,   "",              "does not accept requests with X-Forwarded-Proto: https (status 406)")]
    [InlineData("trino",    403,         403,         404,   "",              "does not accept requests with X-Forwarded-Proto: https (status 403)")]
    [InlineData("presto",   200,         200,         200,   "",              "let a bare user name in")]       // 0.287 believes no such header
    [InlineData("presto",   200,         200,         404,   "",              "let a bare user name in")]
    [InlineData("presto",   200,         401,         200,   "",              "")]
    public async Task A_forwarded_coordinator_must_want_credentials_of_what_came_over_https(
        string engine, int bare, int toldHttps, int bean, string metrics, string says) =>
        Said(await JudgeAsync(engine, forwarded: true, bare, toldHttps, bean, metrics), says);

    [Fact]
    public async Task One_that_cannot_be_asked_counts_as_having_authentication()
    {
        await using var server = await LocalServer.StartAsync(static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        Said(await JudgeAsync(server, Dialect.Presto, forwarded: false), "could not be asked for its authentication");
    }

    private static void Said(string? objection, string says)
    {
        if (says.Length == 0)
            objection.ShouldBeNull();
        else
            objection.ShouldNotBeNull().ShouldStartWith(says);
    }

    private static async Task<string?> JudgeAsync(string engine, bool forwarded, int bare, int toldHttps, int bean, string metrics)
    {
        var dialect = engine == "presto" ? Dialect.Presto : Dialect.Trino;
        await using var server = await LocalServer.StartAsync(async context =>
        {
            context.Request.Headers.Authorization.ShouldBeEmpty();
            context.Request.Headers[dialect.Header("User")].ToString().ShouldBe("segue");
            context.Response.StatusCode = context.Request.Path.Value switch
            {
                "/v1/query" => context.Request.Headers["X-Forwarded-Proto"] == "https" ? toldHttps : bare,
                { } path when path == $"/v1/jmx/mbean/{dialect.HttpServerBean}/DaysUntilCertificateExpiration" => bean,
                "/metrics" when metrics.Length > 0 => 200,
                _ => 404,
            };
            if (context.Request.Path == "/metrics")
                await context.Response.WriteAsync(metrics);
        });
        return await JudgeAsync(server, dialect, forwarded);
    }

    private static async Task<string?> JudgeAsync(LocalServer server, Dialect dialect, bool forwarded)
    {
        var config = new CoordinatorConfig { Url = new Core.Configuration.Endpoint("http", "127.0.0.1", server.Port), Forwarded = forwarded };
        using var client = new CoordinatorClient(config, new UpstreamTls(new UpstreamTlsConfig()), 1 << 20);
        return await new AuthenticationProbe(client, dialect, "segue", TimeProvider.System).JudgeAsync(default);
    }
}
