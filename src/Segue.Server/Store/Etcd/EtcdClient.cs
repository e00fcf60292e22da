using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Segue.Core.Configuration;

namespace Segue.Server.Store.Etcd;

/// <summary>etcd's JSON gateway: sends to one endpoint, and to the next where that is sure to do no harm.</summary>
internal sealed class EtcdClient : IDisposable
{
    /// <summary>An etcd without a leader answers late or never; where there are others they are asked.</summary>
    private static readonly TimeSpan EndpointPatience = TimeSpan.FromSeconds(2);

    private readonly HttpMessageInvoker _http;
    private readonly EtcdEndpoints _endpoints;
    private readonly StoreConfig _config;
    private readonly TimeProvider _time;
    private volatile string? _token;

    public EtcdClient(StoreConfig config, TimeProvider time)
    {
        _config = config;
        _time = time;
        _endpoints = new EtcdEndpoints(config.Url.Hosts, config.Tls is not null);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            ConnectCallback = ConnectAsync,
            SslOptions = config.Tls is { } tls ? ClientTls.Options(tls) : new SslClientAuthenticationOptions(),
        });
    }

    public EtcdEndpoint Endpoint => _endpoints.Current;

    /// <param name="repeatable">It changes nothing, or nothing more when it is done twice.</param>
    /// <exception cref="EtcdException">etcd refuses.</exception>
    public async Task<TAnswer> PostAsync<TAsk, TAnswer>(
        string path, TAsk ask, JsonTypeInfo<TAsk> asks, JsonTypeInfo<TAnswer> answers, bool repeatable, CancellationToken cancellation)
    {
        for (var left = _endpoints.Count; ; left--)
        {
            var endpoint = _endpoints.Current;
            using var patience = new CancellationTokenSource(_endpoints.Count > 1 ? EndpointPatience : Timeout.InfiniteTimeSpan, _time);
            using var any = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
            try
            {
                return await AskAsync(endpoint, path, ask, asks, answers, any.Token);
            }
            catch (Exception exception) when (StoreDeadline.IsOfTheNetwork(exception) && exception is not EtcdException { IsFinal: true })
            {
                _endpoints.Leave(endpoint);
                if (left == 1 || cancellation.IsCancellationRequested || !(repeatable || NeverSent(exception)))
                    throw;
            }
        }
    }

    /// <summary>Opens a stream of lines; it ends when the endpoint fails anywhere else.</summary>
    public async Task<StreamReader> StreamAsync<TAsk>(EtcdEndpoint endpoint, string path, TAsk ask, JsonTypeInfo<TAsk> asks, CancellationToken cancellation)
    {
        var response = await SendAsync(endpoint, path, ask, asks, cancellation);
        return new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
    }

    /// <summary>What was sent there is given up, and the next endpoint is taken.</summary>
    public void Leave(EtcdEndpoint endpoint) => _endpoints.Leave(endpoint);

    public void Dispose() => _http.Dispose();

    private async Task<TAnswer> AskAsync<TAsk, TAnswer>(
        EtcdEndpoint endpoint, string path, TAsk ask, JsonTypeInfo<TAsk> asks, JsonTypeInfo<TAnswer> answers, CancellationToken cancellation)
    {
        using var response = await SendAsync(endpoint, path, ask, asks, cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        return await JsonSerializer.DeserializeAsync(body, answers, cancellation) ?? throw new JsonException("etcd answered nothing");
    }

    private async Task<HttpResponseMessage> SendAsync<TAsk>(
        EtcdEndpoint endpoint, string path, TAsk ask, JsonTypeInfo<TAsk> asks, CancellationToken cancellation)
    {
        var known = _config.Password is null ? null : _token ?? await AuthenticateAsync(endpoint, cancellation);
        try
        {
            return await SendOnceAsync(endpoint, path, ask, asks, known, cancellation);
        }
        catch (EtcdException refused) when (refused.WantsToken && known is not null)
        {
            return await SendOnceAsync(endpoint, path, ask, asks, await AuthenticateAsync(endpoint, cancellation), cancellation);
        }
    }

    private async Task<string> AuthenticateAsync(EtcdEndpoint endpoint, CancellationToken cancellation)
    {
        using var response = await SendOnceAsync(endpoint, "/v3/auth/authenticate", new AuthenticateRequest(_config.Url.User!, _config.Password!),
            EtcdJson.Default.AuthenticateRequest, null, cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var answer = await JsonSerializer.DeserializeAsync(body, EtcdJson.Default.AuthenticateResponse, cancellation);
        return _token = answer!.Token;
    }

    private async Task<HttpResponseMessage> SendOnceAsync<TAsk>(
        EtcdEndpoint endpoint, string path, TAsk ask, JsonTypeInfo<TAsk> asks, string? token, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint.Url, path))
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(ask, asks)),
        };
        // an etcd that is cut off from the others ends its streams instead of standing still
        request.Headers.Add("Grpc-Metadata-Hasleader", "true");
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", token);
        var response = await _http.SendAsync(request, cancellation);
        if (response.StatusCode == HttpStatusCode.OK)
            return response;
        using (response)
            throw Refused(response, await response.Content.ReadAsByteArrayAsync(cancellation));
    }

    private static EtcdException Refused(HttpResponseMessage response, byte[] body)
    {
        EtcdError? error = null;
        try
        {
            error = JsonSerializer.Deserialize(body, EtcdJson.Default.EtcdError);
        }
        catch (JsonException)
        {
            // not etcd's gateway: the status says enough
        }
        return new EtcdException(error?.Code ?? 0, error?.Message ?? $"It answered HTTP {(int)response.StatusCode}: this is not etcd's JSON gateway.");
    }

    private static bool NeverSent(Exception exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // a watch may be silent for hours: a host that vanished is noticed all the same
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
