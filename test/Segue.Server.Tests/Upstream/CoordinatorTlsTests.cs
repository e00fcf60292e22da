using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Server.Probing;
using Segue.Server.Tests.Store;
using Segue.Server.Upstream;

namespace Segue.Server.Tests.Upstream;

/// <summary>What a probe says of a coordinator's certificate.</summary>
public sealed class CoordinatorTlsTests : IDisposable
{
    private static readonly DateTimeOffset Past = new(2021, 5, 4, 3, 2, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _folder = new();
    private readonly TestAuthority _known = new("Known");
    private readonly TestAuthority _stranger = new("Stranger");

    public void Dispose()
    {
        _known.Dispose();
        _stranger.Dispose();
        _folder.Delete();
    }

    [Theory]
    // certificate     the URL's host   what is said; empty where it is trusted
    [InlineData("good",      "localhost",     "")]
    [InlineData("good",      "127.0.0.1",     "")]
    [InlineData("middle",    "localhost",     "")]
    [InlineData("name",      "localhost",     "presented a certificate that is for coordinator-1, 10.0.0.1 and not for localhost")]
    [InlineData("name",      "127.0.0.1",     "presented a certificate that is for coordinator-1, 10.0.0.1 and not for 127.0.0.1")]
    [InlineData("stranger",  "localhost",     "presented a certificate that was signed by nobody that is trusted here (CN=Stranger): see coordinators.tls.ca")]
    [InlineData("expired",   "localhost",     "presented a certificate that is valid only from 2020-01-02 00:00Z to 2021-05-04 03:02Z (CN=localhost)")]
    [InlineData("all wrong", "localhost",     "presented a certificate that is for coordinator-1 and not for localhost and is valid only from 2020-01-02 00:00Z to 2021-05-04 03:02Z (CN=coordinator-1) and was signed by nobody that is trusted here (CN=Stranger): see coordinators.tls.ca")]
    [InlineData("none",      "localhost",     "could not agree on TLS: ")]
    public async Task Each_flaw_of_a_certificate_is_named(string certificate, string host, string says)
    {
        await using var server = await StartAsync(certificate);

        var seen = await ProbeAsync(host, server.Port, new UpstreamTlsConfig { AuthorityFile = Bundle() });

        if (says.Length == 0)
        {
            seen.ShouldBeOfType<Observation.ProbeAnswered>();
            return;
        }
        var failed = seen.ShouldBeOfType<Observation.ProbeFailed>();
        failed.Kind.ShouldBe(Evidence.BadCertificate);
        failed.Detail.ShouldStartWith(says);
    }

    [Fact]
    public async Task Without_a_bundle_the_systems_authorities_judge()
    {
        await using var server = await StartAsync("good");

        var seen = await ProbeAsync("localhost", server.Port, new UpstreamTlsConfig());

        seen.ShouldBeOfType<Observation.ProbeFailed>().Detail.ShouldContain("was signed by nobody that is trusted here (CN=Known)");
    }

    [Theory]
    [InlineData("name")]
    [InlineData("stranger")]
    [InlineData("expired")]
    public async Task Unverified_takes_any_certificate(string certificate)
    {
        await using var server = await StartAsync(certificate);

        (await ProbeAsync("localhost", server.Port, new UpstreamTlsConfig { Verify = false })).ShouldBeOfType<Observation.ProbeAnswered>();
    }

    private static async Task<Observation> ProbeAsync(string host, int port, UpstreamTlsConfig tls)
    {
        using var client = new CoordinatorClient(new CoordinatorConfig { Url = new Core.Configuration.Endpoint("https", host, port) }, new UpstreamTls(tls), 1 << 20);
        using var probe = new InfoProbe(client, EngineKind.Trino, client.Request);
        return await probe.AskAsync(TimeSpan.FromSeconds(20), TimeProvider.System, default);
    }

    private async Task<LocalServer> StartAsync(string kind)
    {
        using var middle = new TestAuthority("Middle", _known);
        using var certificate = kind switch
        {
            "good" => _known.Issue("localhost", "127.0.0.1"),
            "middle" => middle.Issue("localhost"),
            "name" => _known.Issue("coordinator-1", "10.0.0.1"),
            "stranger" => _stranger.Issue("localhost"),
            "expired" => _known.Issue(Past, "localhost"),
            "all wrong" => _stranger.Issue(Past, "coordinator-1"),
            _ => null,
        };
        return await LocalServer.StartAsync(
            context => context.Response.WriteAsync("""{"nodeVersion":{"version":"483"},"environment":"test","coordinator":true,"starting":false,"uptime":"1.00m"}"""),
            certificate is null ? null : X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null),
            kind == "middle" ? [X509CertificateLoader.LoadCertificate(middle.Certificate.RawData)] : null);
    }

    private string Bundle()
    {
        var file = _folder.File("ca.pem");
        File.WriteAllText(file, _known.Certificate.ExportCertificatePem());
        return file;
    }
}
