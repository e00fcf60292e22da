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

    private void AddForwarded(HttpRequestMessage request, HttpContext context)
    {
        var origin = ClientOrigin.Of(context, trustedProxies);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", origin.Scheme);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", origin.Host);
        var peer = context.Connection.RemoteIpAddress;
        var address = (peer is { IsIPv4MappedToIPv6: true } ? peer.MapToIPv4() : peer)?.ToString() ?? "unknown";
        if (ClientOrigin.IsTrusted(context, trustedProxies) && context.Request.Headers["X-Forwarded-For"] is { Count: > 0 } chain)
            address = $"{chain}, {address}";
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", address);
    }
}
