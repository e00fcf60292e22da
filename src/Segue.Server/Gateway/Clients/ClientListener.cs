using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;

namespace Segue.Server.Gateway.Clients;

/// <summary>The one port for clients and nodes: HTTP/1.1 and HTTP/2, in clear or over TLS.</summary>
public static class ClientListener
{
    // longer than clients and load balancers keep idle connections: they close first
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Opens <see cref="SegueConfig.Listen"/>. Throws where the host has no address or the certificate cannot be read. A slim builder
    /// needs <c>UseKestrelHttpsConfiguration</c> too where the port is https.
    /// </summary>
    public static void ConfigureKestrel(KestrelServerOptions kestrel, SegueConfig config, ILoggerFactory logs, TimeProvider time)
    {
        TakeAnything(kestrel, config.Limits.HeaderBytes);
        kestrel.AllowHostHeaderOverride = true;
        // cleartext HTTP/2 says scheme http on what PriorKnowledge calls TLS
        kestrel.AllowAlternateSchemes = true;
        if (config is { Listen.Scheme: "http", TrustedProxies.IsEmpty: true }
            && config.Clusters.Any(static cluster => cluster.Coordinators.Any(static coordinator => coordinator.Url.Scheme == Uri.UriSchemeHttps)))
            GatewayLog.ListensInClear(logs.CreateLogger("Segue.Server.Gateway.ClientListener"), config.Listen.ToString());
        kestrel.Listen(new IPEndPoint(AddressOf(config.Listen.Host), config.Listen.Port), listen =>
        {
            // HTTP/1.1 and HTTP/2 are the default; said explicitly, Kestrel would warn that HTTP/2 in clear is off
            if (config.Listen.Scheme == Uri.UriSchemeHttps)
                UseTls(listen, config.Certificate!, logs, time);
            else
                listen.Use(next => connection => PriorKnowledge.RecogniseAsync(connection, next, KeepAlive, time));
        });
    }

    /// <summary>Whatever the engines' clients send, and as they send it.</summary>
    internal static void TakeAnything(KestrelServerOptions kestrel, int headerBytes)
    {
        kestrel.AddServerHeader = false;
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        Limit(kestrel.Limits, headerBytes);
    }

    private static void Limit(KestrelServerLimits limits, int headerBytes)
    {
        limits.MaxRequestLineSize = 64 << 10;
        limits.MaxRequestHeaderCount = 10_000;
        // Kestrel wants a buffer that holds the largest header block
        limits.MaxRequestBufferSize = Math.Max(1 << 20, headerBytes);
        limits.MaxRequestHeadersTotalSize = headerBytes;
        limits.Http2.MaxRequestHeaderFieldSize = headerBytes;
        // who reads the body bounds it: statements and announcements have limits of their own
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.KeepAliveTimeout = KeepAlive;
    }

    internal static void UseTls(ListenOptions listen, CertificateFiles files, ILoggerFactory logs, TimeProvider time)
    {
        var certificate = new ServerCertificate(files, logs.CreateLogger("Segue.Server.Gateway.ServerCertificate"), time);
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = context => certificate.OptionsAsync(context.CancellationToken),
        });
    }

    /// <summary>What the configuration allows, as an address: Kestrel takes a name that it does not know as "every address".</summary>
    internal static IPAddress AddressOf(string host) => host switch
    {
        "*" => IPAddress.IPv6Any,
        "localhost" => IPAddress.Loopback,
        _ => IPAddress.Parse(host.Trim('[', ']')),
    };
}
