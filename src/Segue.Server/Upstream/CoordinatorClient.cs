using System.Net;
using System.Net.Sockets;
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
    /// <param name="connection">Tells after a failure whether any of it was sent.</param>
    public async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, OnlyConnection connection, CancellationToken cancellation)
    {
        // its disposal closes idle connections alone: the answer's body can still be read
        using var invoker = new HttpMessageInvoker(Handler(cancelled => connection.MakeAsync(this, cancelled)));
        // the kernel accepts connections for a process that is dying or stands still: who has answered on this one lives
        using (var info = Request(HttpMethod.Get, "/v1/info"))
        using (var sign = await invoker.SendAsync(info, cancellation))
            await sign.Content.CopyToAsync(Stream.Null, cancellation);
        connection.Arm();
        return await invoker.SendAsync(request, cancellation);
    }

    /// <summary>A fresh connection, with TLS where the coordinator's URL says https.</summary>
    /// <param name="accepted">Called with its address when the host has accepted the connection, before TLS.</param>
    /// <param name="to">The one address of the coordinator's host; null to look it up.</param>
    public async ValueTask<Stream> ConnectAsync(CancellationToken cancellation, Action<IPAddress>? accepted = null, IPAddress? to = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to is null ? new DnsEndPoint(Config.Url.Host, Config.Url.Port) : new IPEndPoint(to, Config.Url.Port), cancellation);
            accepted?.Invoke(AddressOf(socket));
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (Config.Url.Scheme != "https")
                return stream;
            return await _tls.SecureAsync(stream, Config.Url.Host, cancellation);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _invoker.Dispose();

    private static IPAddress AddressOf(Socket connected)
    {
        var address = ((IPEndPoint)connected.RemoteEndPoint!).Address;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

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
