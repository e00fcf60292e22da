using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Http;
using Segue.Server.Upstream;

namespace Segue.Server.Discovery;

/// <summary>A discovery request as it came, so that it can be sent to several coordinators, and again.</summary>
internal sealed record KeptRequest(
    string Method, string PathAndQuery, ImmutableArray<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    private static readonly ImmutableHashSet<string> HopByHop = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Expect", "Content-Length");

    public static KeptRequest Of(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var named = request.Headers.Connection.SelectMany(static value => (value ?? "").Split(',', StringSplitOptions.TrimEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var headers =
            from header in request.Headers
            where !HopByHop.Contains(header.Key) && !named.Contains(header.Key) && !IsForwarding(header.Key) && header.Key[0] != ':'
            from value in header.Value
            select KeyValuePair.Create(header.Key, value);
        return new KeptRequest(request.Method, request.Path.ToUriComponent() + request.QueryString, [.. headers], body);
    }

    public HttpRequestMessage To(CoordinatorClient client)
    {
        var message = client.Request(new HttpMethod(Method), PathAndQuery);
        if (Body.Length > 0)
            message.Content = new ReadOnlyMemoryContent(Body);
        foreach (var (name, value) in Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    // what a client claims of its way here is not believed (R10.3), and Trino answers 406 to it
    private static bool IsForwarding(string name) =>
        name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A coordinator's answer to a discovery request, or why there is none.</summary>
internal sealed record RelayedAnswer(HttpStatusCode Status, ImmutableArray<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    public bool Succeeded => (int)Status is >= 200 and < 300;

    /// <summary>The coordinator's own no, which another one would say too.</summary>
    public bool Refused => (int)Status is >= 400 and < 500;
}
