using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Segue.Server.Upstream;

/// <summary>Which headers pass between client and coordinator: all but these, byte for byte.</summary>
internal static class HeaderRules
{
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect",
        "HTTP2-Settings",
    };

    /// <summary>What a client claims of its way here is not believed (R10.3), and Trino answers 406 to it.</summary>
    private static bool IsForwarding(string name) =>
        name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase);

    /// <summary>The client's headers as they go to a coordinator: internal identities are no client's (R10.2).</summary>
    public static List<KeyValuePair<string, StringValues>> Capture(IHeaderDictionary headers)
    {
        var captured = CaptureOfNode(headers);
        captured.RemoveAll(static header => header.Key.EndsWith("-Internal-Bearer", StringComparison.OrdinalIgnoreCase));
        return captured;
    }

    /// <summary>A node's headers as they go to a coordinator.</summary>
    public static List<KeyValuePair<string, StringValues>> CaptureOfNode(IHeaderDictionary headers)
    {
        var captured = new List<KeyValuePair<string, StringValues>>(headers.Count);
        var connection = headers.Connection.ToString();
        foreach (var header in headers)
        {
            if (HopByHop.Contains(header.Key) || IsForwarding(header.Key) || header.Key.StartsWith(':'))
                continue;
            if (header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || IsNamedBy(connection, header.Key))
                continue;
            captured.Add(header);
        }
        return captured;
    }

    /// <summary>The same for what is answered with a page: Segue reads it, and compresses it for the client itself.</summary>
    public static List<KeyValuePair<string, StringValues>> CaptureUncompressed(IHeaderDictionary headers)
    {
        var captured = Capture(headers);
        captured.RemoveAll(static header => header.Key.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase));
        captured.Add(new("Accept-Encoding", "identity"));
        return captured;
    }

    public static void Apply(IEnumerable<KeyValuePair<string, StringValues>> headers, HttpRequestMessage request)
    {
        foreach (var (name, values) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    /// <summary>The coordinator's headers, and the words beside its status, as they go to the client.</summary>
    public static void CopyResponse(HttpResponseMessage response, HttpResponse to, bool withLength)
    {
        // clients show it: over HTTP/1.1 Presto says there why it refused a password
        if (to.HttpContext.Features.Get<IHttpResponseFeature>() is { } answer)
            answer.ReasonPhrase = response.ReasonPhrase;
        var connection = response.Headers.NonValidated.TryGetValues("Connection", out var named) ? named.ToString() : "";
        Copy(response.Headers.NonValidated, connection, to, withLength);
        Copy(response.Content.Headers.NonValidated, connection, to, withLength);
    }

    private static void Copy(HttpHeadersNonValidated headers, string connection, HttpResponse to, bool withLength)
    {
        foreach (var (name, values) in headers)
        {
            if (HopByHop.Contains(name) || IsNamedBy(connection, name) || (!withLength && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
                continue;
            to.Headers.Append(name, new StringValues([.. values]));
        }
    }

    private static bool IsNamedBy(string connection, string name) =>
        connection.Length > 0
        && connection.Split(',').Any(token => token.AsSpan().Trim().Equals(name, StringComparison.OrdinalIgnoreCase));
}
