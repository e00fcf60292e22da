using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Segue.Core.Configuration;

namespace Segue.Server.Upstream;

/// <summary>
/// HTTP/1.1 to one coordinator: no redirects, cookies, proxy, decompression or activity headers, so that what passes stays as it is.
/// </summary>
public sealed class CoordinatorClient : IDisposable
{
    private static readonly UriCreationOptions RawPath = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpMessageInvoker _invoker;
    private readonly UpstreamTls _tls;
    private readonly int _headerBytes;

    public CoordinatorClient(CoordinatorConfig config, UpstreamTls tls, int headerBytes)
    {
        Config = config;
        _tls = tls;
        _headerBytes = headerBytes;
        _invoker = new HttpMessageInvoker(Handler(cancellation => ConnectAsync(cancellation)));
    }

    public CoordinatorConfig Config { get; }

    public string Name => Config.Name;

    /// <summary>A request whose path and query go out byte for byte.</summary>
    public HttpRequestMessage Request(HttpMethod method, string pathAndQuery) => new(
        method,
        // always http: here TLS is the connection's matter, else the Host header would decide its name and pool
        new Uri($"http://{Config.Url.Host}:{Config.Url.Port}{pathAndQuery}", in RawPath))
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Sends; the body of the answer is not read yet. Throws what <see cref="HttpMessageInvoker"/> throws.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        _invoker.SendAsync(request, cancellation);

    /// <summary>
    /// Sends over a connection of its own, at most once: unlike <see cref="SendAsync"/>, which repeats a GET by itself when its connection ends
    /// before an answer. Throws the same.
    /// </summary>
    /// <param name="connection">Tells after a failure whether anything can have been sent.</param>
    public async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, OnlyConnection connection, CancellationToken cancellation)
    {
        // its disposal closes idle connections alone: the answer's body can still be read
        using var invoker = new HttpMessageInvoker(Handler(cancelled => connection.MakeAsync(this, cancelled)));
        return await invoker.SendAsync(request, cancellation);
    }

    /// <summary>A fresh connection, with TLS where the coordinator's URL says https.</summary>
    /// <param name="accepted">Called when the host has accepted the connection, before TLS.</param>
    public async ValueTask<Stream> ConnectAsync(CancellationToken cancellation, Action? accepted = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Config.Url.Host, Config.Url.Port, cancellation);
            accepted?.Invoke();
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (Config.Url.Scheme != "https")
                return stream;
            var secure = new SslStream(stream);
            await secure.AuthenticateAsClientAsync(_tls.OptionsFor(Config.Url.Host), cancellation);
            return secure;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _invoker.Dispose();

    private SocketsHttpHandler Handler(Func<CancellationToken, ValueTask<Stream>> connect) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(1),
        // Jetty closes idle connections at 200 s (protocol.md §5): close first
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        MaxResponseHeadersLength = _headerBytes / 1024,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = (_, cancellation) => connect(cancellation),
    };
}

/// <summary>The one connection that a request may use which must not be sent twice.</summary>
public sealed class OnlyConnection
{
    private int _asked;

    /// <summary>True once it stands, and the request may have gone out on it.</summary>
    public bool Made { get; private set; }

    internal async ValueTask<Stream> MakeAsync(CoordinatorClient client, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _asked, 1) != 0)
            throw new IOException("The connection ended before an answer, and the request is not sent a second time.");
        var stream = await client.ConnectAsync(cancellation);
        Made = true;
        return stream;
    }
}

/// <summary>How coordinators' certificates are judged.</summary>
public sealed class UpstreamTls
{
    private readonly X509Certificate2Collection _authorities = [];
    private readonly bool _verify;

    /// <summary>Throws where the bundle cannot be read; the configuration's check has named the file before.</summary>
    public UpstreamTls(UpstreamTlsConfig config)
    {
        _verify = config.Verify;
        if (config.AuthorityFile is { } file)
            _authorities.ImportFromPemFile(file);
    }

    internal SslClientAuthenticationOptions OptionsFor(string host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        if (!_verify)
#pragma warning disable CA5359 // the operator asked for it: verify: false
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        else if (_authorities.Count > 0)
            options.CertificateChainPolicy = Policy();
        return options;
    }

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }
}
