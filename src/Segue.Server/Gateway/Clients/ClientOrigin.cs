using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Segue.Server.Gateway.Clients;

/// <summary>Where the client believes that it talks to: the base of every URI that Segue hands out (R3.8).</summary>
internal readonly record struct ClientOrigin(string Scheme, string Host)
{
    public string Base => $"{Scheme}://{Host}";

    public bool IsSecure => Scheme == Uri.UriSchemeHttps;

    /// <summary>The page a person opens to look at a query.</summary>
    public string InfoUri(string queryId) => $"{Base}/ui/query.html?{queryId}";

    /// <summary>Believes <c>X-Forwarded-Proto</c> and <c>-Host</c> only from <paramref name="trusted"/> proxies (R10.3).</summary>
    public static ClientOrigin Of(HttpContext context, IReadOnlyList<IPNetwork> trusted)
    {
        if (context.Features.Get<PassedFrom>() is { } passed)
            return new ClientOrigin(passed.Scheme, passed.Host);
        // the connection tells: over HTTP/2 the request's scheme is what the client wrote
        var secure = context.Features.Get<ITlsHandshakeFeature>() is not null;
        var host = context.Request.Host.Value ?? "localhost";
        if (IsTrusted(context, trusted))
        {
            secure = Nearest(context, "X-Forwarded-Proto")?.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase) ?? secure;
            host = Nearest(context, "X-Forwarded-Host") ?? host;
        }
        return new ClientOrigin(secure ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, host);
    }

    public static bool IsTrusted(HttpContext context, IReadOnlyList<IPNetwork> trusted)
    {
        if (trusted.Count == 0 || context.Connection.RemoteIpAddress is not { } address)
            return false;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return trusted.Any(network => network.Contains(address));
    }

    /// <summary>The last value: the proxy before Segue wrote it, what stands before it may be the client's own.</summary>
    private static string? Nearest(HttpContext context, string header)
    {
        var values = context.Request.Headers[header].ToString();
        var last = values[(values.LastIndexOf(',') + 1)..].Trim();
        return last.Length == 0 ? null : last;
    }
}
