using System.Globalization;

namespace Segue.Core.Configuration;

/// <summary>URLs that are scheme, host and port alone.</summary>
internal static class EndpointType
{
    /// <summary>Where Segue listens: an address of this machine; port 0 lets the system choose.</summary>
    public static readonly ScalarType<Endpoint> Listen = new(
        "http:// or https://, an IP address, localhost or *, and a port", ParseListen, static endpoint => endpoint.ToString());

    /// <summary>A server that Segue calls.</summary>
    public static readonly ScalarType<Endpoint> Server = new(
        "http:// or https://, a host and a port, nothing behind it", ParseServer, static endpoint => endpoint.ToString());

    private static string? ParseListen(string text, out Endpoint endpoint)
    {
        if (Parse(text, 0, out endpoint) is { } problem)
            return problem;
        return endpoint.Host is "localhost" or "*" || Uri.CheckHostName(endpoint.Host) is UriHostNameType.IPv4 or UriHostNameType.IPv6
            ? null
            : "does not name an address of this machine";
    }

    private static string? ParseServer(string text, out Endpoint endpoint)
    {
        if (Parse(text, 1, out endpoint) is { } problem)
            return problem;
        return Uri.CheckHostName(endpoint.Host) == UriHostNameType.Unknown ? "has no valid host" : null;
    }

    private static string? Parse(string text, int leastPort, out Endpoint endpoint)
    {
        endpoint = new Endpoint("", "", 0);
        var separator = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = separator < 0 ? "" : text[..separator].ToLowerInvariant();
        if (scheme is not ("http" or "https"))
            return "does not begin with http:// or https://";
        var rest = text[(separator + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        if (authority.Contains('@', StringComparison.Ordinal))
            return "contains user information";
        if (end >= 0 && rest[end..] != "/")
            return "contains a path, query or fragment";
        var colon = authority.LastIndexOf(':');
        // a colon inside brackets belongs to an IPv6 address
        var hasPort = colon > authority.LastIndexOf(']');
        var host = hasPort ? authority[..colon] : authority;
        var port = scheme == "https" ? 443 : 80;
        if (hasPort && (!int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || port < leastPort || port > 65535))
            return "has no valid port";
        if (host.Length == 0)
            return "has no host";
        endpoint = new Endpoint(scheme, host.ToLowerInvariant(), port);
        return null;
    }
}
