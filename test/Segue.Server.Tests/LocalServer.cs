using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Tests;

/// <summary>A server on a free port that does what the test says, with TLS where it gets a certificate.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LocalServer(RequestDelegate handler, SslStreamCertificateContext? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = hello =>
                    {
                        AskedFor = hello.ClientHelloInfo.ServerName;
                        return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate });
                    },
                });
        }));
        _app = builder.Build();
        _app.Run(handler);
    }

    /// <summary>The name in the last TLS hello.</summary>
    public string? AskedFor { get; private set; }

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<LocalServer> StartAsync(RequestDelegate handler, X509Certificate2? certificate = null, X509Certificate2Collection? chain = null)
    {
        var server = new LocalServer(handler, certificate is null ? null : SslStreamCertificateContext.Create(certificate, chain, offline: true));
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
