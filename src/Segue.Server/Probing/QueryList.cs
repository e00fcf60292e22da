using System.Text.Json;
using System.Text.Json.Serialization;
using Segue.Server.Upstream;

namespace Segue.Server.Probing;

/// <summary>The queries that a coordinator knows, the ended ones of the last minutes too.</summary>
internal static class QueryList
{
    /// <summary>Throws what a request or its JSON can.</summary>
    public static async Task<QueryEntry[]> OfAsync(CoordinatorClient client, StatementRunner runner, CancellationToken cancellation)
    {
        using var get = runner.Request(HttpMethod.Get, "/v1/query");
        using var response = await client.SendAsync(get, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"GET /v1/query was answered with status {(int)response.StatusCode}");
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        return await JsonSerializer.DeserializeAsync(body, QueryEntryJson.Default.QueryEntryArray, cancellation) ?? [];
    }
}

internal sealed record QueryEntry(string? QueryId, string? State, QueryEntrySession? Session, QueryEntryStats? QueryStats);

internal sealed record QueryEntrySession(string? Source);

internal sealed record QueryEntryStats(DateTimeOffset? CreateTime);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QueryEntry[]))]
internal sealed partial class QueryEntryJson : JsonSerializerContext;
