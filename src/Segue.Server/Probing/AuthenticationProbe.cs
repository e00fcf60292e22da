using System.Net;
using Segue.Core.Protocol;
using Segue.Server.Upstream;

namespace Segue.Server.Probing;

/// <summary>
/// Finds out whether a coordinator that is reached by plain http has authentication, which would then be skipped (R10.1): over plain
/// http the engines believe a bare user name, so it is the https port beside it that tells. What cannot be looked at counts as authentication.
/// </summary>
internal sealed class AuthenticationProbe(CoordinatorClient client, Dialect dialect, string user, TimeProvider time)
{
    private const string WaysOut = "reach it by https, set 'forwarded: true' where an https front stands before it, or set 'allow_unauthenticated: true'";
    private const string WaysToForward = "let it believe X-Forwarded-Proto, reach it by https, or set 'allow_unauthenticated: true'";

    private const string PlainConnections = "io_airlift_http_server_name_HttpServer_HttpConnectionStats_TotalConnectionCount";
    private const string SecureConnections = "io_airlift_http_server_name_HttpServer_HttpsConnectionStats_TotalConnectionCount";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <returns>Why the coordinator must not be used, the rest of a sentence that begins with its name; or null.</returns>
    public async Task<string?> JudgeAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return client.Config.Forwarded ? await JudgeForwardedAsync(both.Token) : await JudgePlainAsync(both.Token);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested && exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return $"could not be asked for its authentication ({exception.Message})";
        }
    }

    private async Task<string?> JudgePlainAsync(CancellationToken cancellation)
    {
        var bare = await AskBareAsync(saysHttps: false, cancellation);
        if (bare is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            return $"has authentication (status {(int)bare} without credentials) but its URL is plain http: {WaysOut}";
        if (bare != HttpStatusCode.OK)
            return $"does not tell whether it has authentication that plain http would skip (status {(int)bare}): {WaysOut}";
        switch (await HasSecurePortAsync(cancellation))
        {
            case true:
                return $"has an https port, so perhaps authentication that plain http would skip: {WaysOut}";
            case null:
                return $"does not tell whether it has an https port, and so authentication that plain http would skip: {WaysOut}";
        }
        return await AskBareAsync(saysHttps: true, cancellation) is HttpStatusCode.Unauthorized
            ? $"has authentication for requests that came over https, which plain http would skip: {WaysOut}"
            : null;
    }

    /// <summary>Told that the client came over https, it must want credentials, or have no way at all in which it would want them.</summary>
    private async Task<string?> JudgeForwardedAsync(CancellationToken cancellation)
    {
        var bare = await AskBareAsync(saysHttps: true, cancellation);
        return bare switch
        {
            HttpStatusCode.Unauthorized => null,
            HttpStatusCode.OK => await HasSecurePortAsync(cancellation) == false
                ? null
                : $"let a bare user name in though it was told that the request came over https, and may have authentication on an https port: {WaysToForward}",
            _ => $"does not accept requests with X-Forwarded-Proto: https (status {(int)bare}): {WaysToForward}",
        };
    }

    private async Task<HttpStatusCode> AskBareAsync(bool saysHttps, CancellationToken cancellation)
    {
        using var request = Request("/v1/query");
        if (saysHttps)
            request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
        using var response = await client.SendAsync(request, cancellation);
        return response.StatusCode;
    }

    /// <summary>An https port shows in what the HTTP server tells of itself (protocol.md §6). Null where it does not tell.</summary>
    private async Task<bool?> HasSecurePortAsync(CancellationToken cancellation)
    {
        using (var bean = Request($"/v1/jmx/mbean/{dialect.HttpServerBean}/DaysUntilCertificateExpiration"))
        using (var days = await client.SendAsync(bean, cancellation))
        {
            if (days.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.OK)
                return days.StatusCode == HttpStatusCode.OK;
        }
        using var metrics = Request($"/metrics?name%5B%5D={PlainConnections}&name%5B%5D={SecureConnections}");
        using var response = await client.SendAsync(metrics, cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
            return null;
        var told = await response.Content.ReadAsStringAsync(cancellation);
        if (told.Contains(SecureConnections, StringComparison.Ordinal))
            return true;
        // what it says of the port it was asked at shows that it would have told
        return told.Contains(PlainConnections, StringComparison.Ordinal) ? false : null;
    }

    private HttpRequestMessage Request(string path)
    {
        var request = client.Request(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(dialect.Header("User"), user);
        return request;
    }
}
