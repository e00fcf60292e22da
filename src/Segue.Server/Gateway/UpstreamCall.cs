using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Segue.Server.Gateway.Clients;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway;

/// <summary>Builds the requests that go to coordinators on behalf of clients.</summary>
internal sealed class UpstreamCall(IReadOnlyList<IPNetwork> trustedProxies)
{
    public IReadOnlyList<IPNetwork> TrustedProxies => trustedProxies;

    /// <summary>A request with the captured headers of a client; <c>Host</c> stays the client's (R10.3).</summary>
    public HttpRequestMessage Build(
        CoordinatorClient coordinator,
        HttpMethod method,
        string pathAndQuery,
        IEnumerable<KeyValuePair<string, StringValues>> headers,
        ReadOnlyMemory<byte>? body,
        HttpContext context)
    {
        var request = coordinator.Request(method, pathAndQuery);
        if (body is { } bytes)
            request.Content = new ReadOnlyMemoryContent(bytes);
        HeaderRules.Apply(headers, request);
        if (coordinator.Config.Forwarded)
            AddForwarded(request, context);
        return request;
    }

    /// <summary>What is believed of a client's way here.</summary>
    public PassedFrom SeenBy(HttpContext context)
    {
        if (context.Features.Get<PassedFrom>() is { } passed)
            return passed;
        var origin = ClientOrigin.Of(context, trustedProxies);
        var peer = context.Connection.RemoteIpAddress;
        var address = (peer is { IsIPv4MappedToIPv6: true } ? peer.MapToIPv4() : peer)?.ToString() ?? "unknown";
        if (ClientOrigin.IsTrusted(context, trustedProxies) && context.Request.Headers["X-Forwarded-For"] is { Count: > 0 } chain)
            address = $"{chain}, {address}";
        return new PassedFrom(origin.Scheme, origin.Host, address);
    }

    private void AddForwarded(HttpRequestMessage request, HttpContext context)
    {
        var seen = SeenBy(context);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", seen.Scheme);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", seen.Host);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", seen.For);
    }
}
