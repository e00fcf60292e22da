using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Member;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Gateway;

/// <summary>R10.1: a coordinator that is told how a request came would skip authentication for one that came in clear.</summary>
public sealed class HttpsOnlyTests
{
    [Theory]
    // leave  the trusted proxy says  method    target                   answer: 403 is Segue's own, 503 says that no coordinator is there
    [InlineData(false, "",       "GET",    "/v1/query",             HttpStatusCode.Forbidden)]
    [InlineData(false, "http",   "GET",    "/v1/query",             HttpStatusCode.Forbidden)]
    [InlineData(false, "https",  "GET",    "/v1/query",             HttpStatusCode.ServiceUnavailable)]
    [InlineData(false, "http",   "POST",   "/v1/statement",         HttpStatusCode.Forbidden)]
    [InlineData(false, "https",  "POST",   "/v1/statement",         HttpStatusCode.OK)]
    [InlineData(false, "http",   "HEAD",   "/v1/statement",         HttpStatusCode.Forbidden)]
    [InlineData(false, "http",   "GET",    "/ui/",                  HttpStatusCode.Forbidden)]
    [InlineData(false, "http",   "DELETE", "/v1/query/x",           HttpStatusCode.Forbidden)]
    [InlineData(false, "",       "GET",    "/segue/health/live",    HttpStatusCode.OK)]
    [InlineData(false, "",       "GET",    "/v1/service/presto",    HttpStatusCode.ServiceUnavailable)]
    [InlineData(true,  "",       "GET",    "/v1/query",             HttpStatusCode.ServiceUnavailable)]
    public async Task What_came_in_clear_reaches_no_forwarded_coordinator_without_leave(bool leave, string proxySays, string method, string target, HttpStatusCode answer)
    {
        var folder = new TemporaryDirectory();
        var config = new SegueConfig
        {
            Listen = new Endpoint("http", "127.0.0.1", 0),
            Admin = new Endpoint("http", "127.0.0.1", 0),
            DataDirectory = folder.File("data"),
            TrustedProxies = ["127.0.0.0/8"],
            Clusters =
            [
                new ClusterConfig
                {
                    Name = "main",
                    Engine = EngineKind.Presto,
                    Coordinators = [new CoordinatorConfig { Url = new Endpoint("http", "127.0.0.1", 1), Forwarded = true }],
                    AllowUnauthenticated = leave,
                },
            ],
        };
        await using (var member = await SegueMember.StartAsync(config, NullLoggerFactory.Instance, TimeProvider.System, default))
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(member.Addresses.Single(), target));
            if (proxySays.Length > 0)
                request.Headers.Add("X-Forwarded-Proto", proxySays);
            using var response = await http.SendAsync(request);
            response.StatusCode.ShouldBe(answer);
        }
        folder.Delete();
    }
}
