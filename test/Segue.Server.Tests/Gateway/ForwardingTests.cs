using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Server.Gateway;
using Segue.Server.Gateway.Clients;
using Segue.Server.Tests.Store;
using Segue.Server.Upstream;
using Endpoint = Segue.Core.Configuration.Endpoint;

namespace Segue.Server.Tests.Gateway;

/// <summary>What a coordinator sees of a client's request (R10.3), and a client of its answer, over real sockets.</summary>
public sealed class ForwardingTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly TestAuthority _authority = new("Known");
    private LocalServer _coordinator = null!;
    private IHeaderDictionary _seen = null!;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_folder.File("ca.pem"), _authority.Certificate.ExportCertificatePem());
        _coordinator = await LocalServer.StartAsync(
            context =>
            {
                _seen = new HeaderDictionary(context.Request.Headers.ToDictionary());
                context.Response.StatusCode = 401;
                context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = "Access Denied: Invalid credentials";
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"Presto\"";
                return context.Response.WriteAsync("no");
            },
            _authority.Issue("localhost"));
    }

    public async Task DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _folder.Delete();
    }

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task The_clients_Host_passes_while_TLS_asks_for_the_coordinators_own_name()
    {
        await using var segue = await StartAsync("http", forwarded: false);

        using var answer = await SendAsync(segue, ("Host", "presto.example:8443"));

        _seen.Host.ToString().ShouldBe("presto.example:8443");
        _coordinator.AskedFor.ShouldBe("localhost");
    }

    [Fact]
    public async Task A_refusal_passes_with_its_words_its_headers_and_its_body()
    {
        await using var segue = await StartAsync("http", forwarded: false);

        using var answer = await SendAsync(segue);

        ((int)answer.StatusCode).ShouldBe(401);
        answer.ReasonPhrase.ShouldBe("Access Denied: Invalid credentials");
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Basic realm=\"Presto\"");
        (await answer.Content.ReadAsStringAsync()).ShouldBe("no");
    }

    [Theory]
    // listen    forwarded  trusted        client's Proto  Host             For          Proto     Host          For
    [InlineData("http",     false,         "",             "https",         "evil",      "1.2.3.4", "",     "",            "")]
    [InlineData("http",     false,         "127.0.0.0/8",  "https",         "evil",      "1.2.3.4", "",     "",            "")]
    [InlineData("http",     true,          "",             "https",         "evil",      "1.2.3.4", "http",  "segue:1",     "127.0.0.1")]
    [InlineData("http",     true,          "10.0.0.0/8",   "https",         "evil",      "1.2.3.4", "http",  "segue:1",     "127.0.0.1")]
    [InlineData("http",     true,          "127.0.0.0/8",  "https",         "front",     "1.2.3.4", "https", "front",       "1.2.3.4, 127.0.0.1")]
    [InlineData("http",     true,          "127.0.0.0/8",  "https, http",   "evil, front", "1.2.3.4, 5.6.7.8", "http", "front", "1.2.3.4, 5.6.7.8, 127.0.0.1")]
    [InlineData("http",     true,          "127.0.0.0/8",  "",              "",          "",        "http",  "segue:1",     "127.0.0.1")]
    [InlineData("https",    true,          "",             "http",          "evil",      "1.2.3.4", "https", "segue:1",     "127.0.0.1")]
    [InlineData("https",    true,          "127.0.0.0/8",  "http",          "",          "",        "http",  "segue:1",     "127.0.0.1")]
    public async Task Forwarded_headers_are_Segues_own_or_of_a_trusted_proxy_and_only_where_they_are_wanted(
        string listen, bool forwarded, string trusted, string proto, string host, string from, string seenProto, string seenHost, string seenFrom)
    {
        await using var segue = await StartAsync(listen, forwarded, trusted);

        using var answer = await SendAsync(
            segue,
            [("Host", "segue:1"), ("Forwarded", "for=1.2.3.4;proto=https"), ("X-Forwarded-Port", "1"), ("X-Forwarded-Prefix", "/evil"),
             .. new[] { ("X-Forwarded-Proto", proto), ("X-Forwarded-Host", host), ("X-Forwarded-For", from) }.Where(static header => header.Item2.Length > 0)]);

        _seen["X-Forwarded-Proto"].ToString().ShouldBe(seenProto);
        _seen["X-Forwarded-Host"].ToString().ShouldBe(seenHost);
        _seen["X-Forwarded-For"].ToString().ShouldBe(seenFrom);
        _seen.Keys.ShouldNotContain("Forwarded");
        _seen.Keys.ShouldNotContain("X-Forwarded-Port");
        _seen.Keys.ShouldNotContain("X-Forwarded-Prefix");
    }

    [Fact]
    public async Task A_scheme_that_a_client_only_claims_over_HTTP_2_is_not_believed()
    {
        await using var segue = await StartAsync("http", forwarded: true);

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, segue.Port);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        // SETTINGS, then HEADERS of stream 1: GET, https, /, authority a
        await stream.WriteAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x84, 0x41, 1, (byte)'a' });
        await AnswerToStreamOneAsync(stream);

        _seen["X-Forwarded-Proto"].ToString().ShouldBe("http");
    }

    private static async Task AnswerToStreamOneAsync(Stream stream)
    {
        var frame = new byte[9];
        do
        {
            await stream.ReadExactlyAsync(frame);
            await stream.ReadExactlyAsync(new byte[(frame[0] << 16) | (frame[1] << 8) | frame[2]]);
        }
        while (frame[8] != 1);
    }

    private static async Task<HttpResponseMessage> SendAsync(Front segue, params (string Name, string Value)[] headers)
    {
        using var handler = new HttpClientHandler();
#pragma warning disable CA5400 // a certificate of the test's own
        handler.ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator;
#pragma warning restore CA5400
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{segue.Scheme}://127.0.0.1:{segue.Port}/ui/");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    private async Task<Front> StartAsync(string listen, bool forwarded, string trusted = "")
    {
        using var certificate = _authority.Issue("127.0.0.1");
        var files = new CertificateFiles(_folder.File("cert.pem"), _folder.File("key.pem"));
        await File.WriteAllTextAsync(files.Certificate, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(files.Key, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return await Front.StartAsync(
            new SegueConfig { Listen = new Endpoint(listen, "127.0.0.1", 0), Certificate = files, Clusters = [] },
            new CoordinatorClient(
                new CoordinatorConfig { Url = new Endpoint("https", "localhost", _coordinator.Port), Forwarded = forwarded },
                new UpstreamTls(new UpstreamTlsConfig { AuthorityFile = _folder.File("ca.pem") }),
                1 << 20),
            trusted.Length == 0 ? [] : [IPNetwork.Parse(trusted)]);
    }

    /// <summary>The client port with nothing behind it but what passes requests on.</summary>
    private sealed class Front(WebApplication app, CoordinatorClient client) : IAsyncDisposable
    {
        public string Scheme => new Uri(app.Urls.Single()).Scheme;

        public int Port => new Uri(app.Urls.Single()).Port;

        public static async Task<Front> StartAsync(SegueConfig config, CoordinatorClient client, ImmutableArray<IPNetwork> trusted)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.WebHost.ConfigureKestrel(kestrel => ClientListener.ConfigureKestrel(kestrel, config, NullLoggerFactory.Instance, TimeProvider.System));
            var app = builder.Build();
            var through = new PassThrough(new UpstreamCall(trusted));
            app.Run(async context => _ = await through.ForwardAsync(context, client, "/ui/"));
            await app.StartAsync();
            return new Front(app, client);
        }

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            client.Dispose();
        }
    }
}
