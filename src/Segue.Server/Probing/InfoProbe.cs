using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Server.Upstream;

namespace Segue.Server.Probing;

/// <summary>
/// One question to a coordinator, over a connection of its own: a pooled one would hide that the address refuses, and a host that
/// accepts but stays silent would look like one that is gone.
/// </summary>
internal sealed class InfoProbe : IDisposable
{
    private const int ExcerptBytes = 60;

    private static readonly HttpRequestOptionsKey<Reached> Accepted = new("accepted");

    private readonly CoordinatorClient _client;
    private readonly bool _asksState;
    private readonly Func<HttpMethod, string, HttpRequestMessage> _request;
    private readonly HttpMessageInvoker _invoker;

    /// <param name="request">Makes a request, with Segue's own credentials where they are safe: over TLS Presto wants them even here.</param>
    public InfoProbe(CoordinatorClient client, EngineKind engine, Func<HttpMethod, string, HttpRequestMessage> request)
    {
        _client = client;
        _request = request;
        // Trino's coordinators cannot be drained, and newer ones tell their state with the rest
        _asksState = engine == EngineKind.Presto;
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, cancellation) =>
                context.InitialRequestMessage.Options.TryGetValue(Accepted, out var box)
                    ? client.ConnectAsync(cancellation, address => box.Value = address, box.Only)
                    : client.ConnectAsync(cancellation),
        });
    }

    /// <summary>Never throws but for <paramref name="stop"/>.</summary>
    public async Task<Observation> AskAsync(TimeSpan deadline, TimeProvider time, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(deadline, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        var accepted = new Reached();
        try
        {
            var (only, problem) = await LookUpAsync(both.Token);
            if (problem is not null)
                return new Observation.ProbeFailed(Evidence.NameError, problem);
            accepted.Only = only;
            var (status, body) = await GetAsync("/v1/info", last: !_asksState, accepted, both.Token);
            if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                return new Observation.ProbeFailed(Evidence.Unauthorized, ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (status != HttpStatusCode.OK)
                return new Observation.ProbeFailed(Evidence.BadStatus, ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (Parsed(body) is not { } info)
                return new Observation.ProbeFailed(Evidence.BadAnswer, Excerpt(body));
            return new Observation.ProbeAnswered(_asksState ? info with { State = await StateAsync(accepted, both.Token) } : info, Proving(accepted.Value));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new Observation.ProbeFailed(accepted.Value is not null ? Evidence.Timeout : Evidence.Unreachable, "");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException or JsonException)
        {
            var (kind, detail) = Cause(exception);
            return new Observation.ProbeFailed(kind, detail, kind == Evidence.Refused ? Proving(accepted.Only) : null);
        }
    }

    private static NodeInfo? Parsed(byte[] body)
    {
        try
        {
            return NodeInfoBody.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Excerpt(byte[] body)
    {
        var text = new string([.. Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, ExcerptBytes))).Where(static c => !char.IsControl(c))]);
        return text.Length == 0 ? "nothing" : $"'{text}'{(body.Length > ExcerptBytes ? " and more" : "")}";
    }

    public void Dispose() => _invoker.Dispose();

    /// <summary>One that several processes may share proves nothing of any of them (R5).</summary>
    private string? Proving(IPAddress? address) => _client.Config.Virtual ? null : address?.ToString();

    private static (Evidence Kind, string Detail) Cause(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case JsonException:
                    return (Evidence.BadAnswer, cause.Message);
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }:
                    return (Evidence.BadAnswer, "the answer is not HTTP; if this port speaks TLS, its URL begins with https://");
                case AuthenticationException:
                    return (Evidence.BadCertificate, cause.Message);
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return (Evidence.Refused, "");
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }:
                    return (Evidence.NameError, cause.Message);
                case SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.TimedOut }:
                    return (Evidence.Unreachable, "");
            }
        }
        return (Evidence.Reset, "");
    }

    /// <summary>Resolved at each probe; several addresses of one family could be several coordinators (R2.5).</summary>
    private async Task<(IPAddress? Only, string? Problem)> LookUpAsync(CancellationToken cancellation)
    {
        var host = _client.Config.Url.Host;
        if (IPAddress.TryParse(host, out var literal))
            return (literal, null);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellation);
            return (addresses is [var only] ? only : null, Several(host, addresses));
        }
        catch (SocketException exception)
        {
            return (null, exception.Message);
        }
    }

    /// <summary>One of each family is one host's.</summary>
    internal static string? Several(string host, IEnumerable<IPAddress> addresses)
    {
        var several = addresses.Distinct().GroupBy(address => address.AddressFamily).FirstOrDefault(family => family.Count() > 1);
        return several is null ? null : $"{host} has several addresses ({string.Join(", ", several)}); a coordinator's name must have one";
    }

    /// <summary>Null where the coordinator keeps it to administrators.</summary>
    private async Task<string?> StateAsync(Reached accepted, CancellationToken cancellation)
    {
        var (status, body) = await GetAsync("/v1/info/state", last: true, accepted, cancellation);
        return status == HttpStatusCode.OK ? Encoding.UTF8.GetString(body).Trim().Trim('"') : null;
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> GetAsync(string path, bool last, Reached accepted, CancellationToken cancellation)
    {
        using var request = _request(HttpMethod.Get, path);
        request.Headers.ConnectionClose = last;
        request.Options.Set(Accepted, accepted);
        using var response = await _invoker.SendAsync(request, cancellation);
        return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation));
    }

    private sealed class Reached
    {
        /// <summary>The host's one address, where it has only one.</summary>
        public IPAddress? Only { get; set; }

        /// <summary>Where a connection was accepted.</summary>
        public IPAddress? Value { get; set; }
    }
}
