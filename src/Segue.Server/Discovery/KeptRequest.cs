using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Segue.Server.Upstream;

namespace Segue.Server.Discovery;

/// <summary>A discovery request as it came, so that it can be sent to several coordinators, and again.</summary>
internal sealed record KeptRequest(
    string Method, string PathAndQuery, IReadOnlyList<KeyValuePair<string, StringValues>> Headers, ReadOnlyMemory<byte> Body)
{
    public static KeptRequest Of(HttpRequest request, ReadOnlyMemory<byte> body) =>
        new(request.Method, request.Path.ToUriComponent() + request.QueryString, HeaderRules.CaptureOfNode(request.Headers), body);

    public static KeptRequest Of(RelayedRequest told) => new(
        told.Method, told.Target, [.. told.Headers.Select(static header => KeyValuePair.Create(header.Name, new StringValues([.. header.Values])))], told.Body);

    public RelayedRequest ToWord(bool accepted) => new(
        Method, PathAndQuery, [.. Headers.Select(static header => new RelayedHeader(header.Key, [.. header.Value.OfType<string>()]))], Body.ToArray(), accepted);

    public HttpRequestMessage To(CoordinatorClient client)
    {
        var message = client.Request(new HttpMethod(Method), PathAndQuery);
        if (Body.Length > 0)
            message.Content = new ReadOnlyMemoryContent(Body);
        HeaderRules.Apply(Headers, message);
        return message;
    }
}

/// <summary>A coordinator's answer to a discovery request, or why there is none.</summary>
internal sealed record RelayedAnswer(HttpStatusCode Status, ImmutableArray<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    public bool Succeeded => (int)Status is >= 200 and < 300;

    /// <summary>The coordinator's own no, which another one would say too.</summary>
    public bool Refused => (int)Status is >= 400 and < 500;
}
