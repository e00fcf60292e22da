using System.Net;
using Microsoft.AspNetCore.Http;

namespace Segue.Server.Gateway;

/// <summary>Where the client believes that it talks to: the base of every URI that Segue hands out (R3.8).</summary>
internal readonly record struct ClientOrigin(string Scheme, string Host)
{
    public string Base => $"{Scheme}://{Host}";

    /// <summary>The page a person opens to look at a query.</summary>
    public string InfoUri(string queryId) => $"{Base}/ui/query.html?{queryId}";

    /// <summary>Believes <c>X-Forwarded-Proto</c> only from <paramref name="trusted"/> proxies (R10.3).</summary>
    public static ClientOrigin Of(HttpContext context, IReadOnlyList<IPNetwork> trusted)
    {
        var scheme = context.Request.IsHttps ? "https" : "http";
        if (IsTrusted(context, trusted) && context.Request.Headers["X-Forwarded-Proto"] is [{ Length: > 0 } forwarded, ..])
            scheme = forwarded.Equals("https", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        return new ClientOrigin(scheme, context.Request.Host.Value ?? "localhost");
    }

    public static bool IsTrusted(HttpContext context, IReadOnlyList<IPNetwork> trusted)
    {
        if (trusted.Count == 0 || context.Connection.RemoteIpAddress is not { } address)
            return false;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return trusted.Any(network => network.Contains(address));
    }
}
