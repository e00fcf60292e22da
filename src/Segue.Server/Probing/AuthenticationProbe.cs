using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Segue.Core.Protocol;
using Segue.Server.Upstream;

namespace Segue.Server.Probing;

/// <summary>
/// Finds out whether a coordinator that is reached by plain http has authentication, which would then be skipped (R10.1): it refuses a
/// bare user, or, on Presto, has an https port beside the plain one. What cannot be looked at counts as authentication.
/// </summary>
internal sealed class AuthenticationProbe(CoordinatorClient client, Dialect dialect, TimeProvider time)
{
    private const string WaysOut = "set 'forwarded: true' with an https front, reach it by https, or set 'allow_unauthenticated: true'";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <returns>Why the coordinator must not be used, the rest of a sentence that begins with its name; or null.</returns>
    public async Task<string?> JudgeAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            using var bare = client.Request(HttpMethod.Get, "/v1/query");
            bare.Headers.TryAddWithoutValidation(dialect.Header("User"), "segue");
            using var listed = await client.SendAsync(bare, both.Token);
            if (listed.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                return $"has authentication (status {(int)listed.StatusCode} without credentials) but its URL is plain http: {WaysOut}";
            if (dialect == Dialect.Trino)
                // asked with nothing but a name, it answered: its own configuration allows that over plain http
                return null;
            return await HasSecurePortAsync(both.Token) switch
            {
                true => $"has an https port, so perhaps authentication that plain http would skip: {WaysOut}",
                false => null,
                null => $"does not tell whether it has authentication that plain http would skip: {WaysOut}",
            };
        }
        catch (Exception exception) when (!stop.IsCancellationRequested
            && exception is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            return $"could not be asked for its authentication ({exception.Message}): {WaysOut}";
        }
    }

    /// <summary>Told by the discovery service that a coordinator carries itself, or by its list of beans, where its server's connectors are named by their protocols.</summary>
    private async Task<bool?> HasSecurePortAsync(CancellationToken cancellation)
    {
        var services = await GetAsync($"/v1/service/{dialect.CoordinatorServiceType}", cancellation);
        var announced = services is null ? null : JsonSerializer.Deserialize(services, ServiceListingJson.Default.ServiceListing)?.Services;
        if (announced?.Any(service => service.Properties?.ContainsKey("https") == true) == true)
            return true;
        if (await GetAsync("/v1/jmx/mbean", cancellation) is { } beans)
            return JsonSerializer.Deserialize(beans, ServiceListingJson.Default.BeanArray)!.Any(static bean => bean.IsOfTls);
        return announced is { Length: > 0 } ? false : null;
    }

    private async Task<string?> GetAsync(string path, CancellationToken cancellation)
    {
        using var request = client.Request(HttpMethod.Get, path);
        using var response = await client.SendAsync(request, cancellation);
        return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStringAsync(cancellation) : null;
    }
}

internal sealed record ServiceListing(ServiceEntry[]? Services);

internal sealed record ServiceEntry(Dictionary<string, string>? Properties);

internal sealed record Bean(string? ObjectName)
{
    /// <summary>Jetty names a connector's beans by its protocols: plain ones <c>HTTP/1.1|h2c</c>, secure ones begin with SSL (seen on Presto 0.287).</summary>
    public bool IsOfTls => ObjectName is { } name
        && name.Contains("jetty", StringComparison.OrdinalIgnoreCase)
        && (name.Contains("context=SSL", StringComparison.OrdinalIgnoreCase) || name.Contains("sslcontextfactory", StringComparison.OrdinalIgnoreCase));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ServiceListing))]
[JsonSerializable(typeof(Bean[]))]
internal sealed partial class ServiceListingJson : JsonSerializerContext;
