using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Server.Upstream;

namespace Segue.Server.Probing;

/// <summary>Runs a small statement on one coordinator, as Segue itself, to its end: a placeholder that nobody polls stays for ever on Presto.</summary>
internal sealed class StatementRunner(CoordinatorClient client, ClusterConfig cluster, string source, TimeProvider time)
{
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(2);

    private readonly Dialect _dialect = Dialect.Of(cluster.Engine);

    /// <summary>What it names as the source of its statements.</summary>
    public string Source => source;

    /// <summary>Past <paramref name="deadline"/> the query is canceled.</summary>
    /// <param name="rows">Takes the rows, where more than the first value is wanted.</param>
    public async Task<StatementOutcome> RunAsync(string statement, TimeSpan deadline, CancellationToken stop, List<JsonElement[]>? rows = null)
    {
        using var limit = new CancellationTokenSource(deadline, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        QueryPage? page = null;
        JsonElement? cell = null;
        try
        {
            using var post = Request(HttpMethod.Post, "/v1/statement");
            post.Content = new StringContent(statement, Encoding.UTF8, "text/plain");
            page = await SendAsync(post, both.Token);
            while (page.NextUri is { } next && page.Error is null)
            {
                using var get = Request(HttpMethod.Get, PathOf(next));
                page = await SendAsync(get, both.Token);
                rows?.AddRange(page.Data ?? []);
                cell ??= page.Data is [[var first, ..], ..] ? first : null;
            }
            return Outcome(page, cell, page.Error is { } error ? $"{error.ErrorName}: {error.Message}" : null) with { EngineError = page.Error };
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            await CancelAsync(page?.NextUri, stop);
            return Outcome(page, null, $"not finished within {deadline.TotalSeconds:0.#} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
        {
            return Outcome(page, null, exception.Message);
        }
    }

    /// <summary>A request as Segue itself, with its credentials where they are safe.</summary>
    public HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = client.Request(method, path);
        request.Headers.TryAddWithoutValidation(_dialect.Header("User"), cluster.Auth.User);
        request.Headers.TryAddWithoutValidation(_dialect.Header("Source"), source);
        if (client.Config.Forwarded)
            request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
        // in clear the engines skip authentication, and others may listen
        else if (client.Config.Url.Scheme != "https")
            return request;
        if (cluster.Auth.Token is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (cluster.Auth.Password is { } password)
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{cluster.Auth.User}:{password}")));
        return request;
    }

    private static StatementOutcome Outcome(QueryPage? page, JsonElement? cell, string? error) => new(
        error,
        cell,
        page?.Id is { } id && Incarnation.TryFromQueryId(id, out var incarnation) ? incarnation : null);

    private static string PathOf(string uri) => new Uri(uri).PathAndQuery;

    private async Task<QueryPage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await client.SendAsync(request, cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new HttpRequestException($"status {(int)response.StatusCode}");
        return JsonSerializer.Deserialize(body, QueryPageJson.Default.QueryPage) ?? throw new JsonException("an empty page");
    }

    private async Task CancelAsync(string? uri, CancellationToken stop)
    {
        if (uri is null)
            return;
        using var limit = new CancellationTokenSource(CancelLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            using var delete = Request(HttpMethod.Delete, PathOf(uri));
            using var response = await client.SendAsync(delete, both.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // a coordinator that does not take the cancel ends the query by its own client time-out
        }
    }
}

/// <param name="Error">Null where it ended well.</param>
/// <param name="Cell">The first value of the first row.</param>
internal sealed record StatementOutcome(string? Error, JsonElement? Cell, Incarnation? Incarnation)
{
    /// <summary>The engine's own error, where it ended with one.</summary>
    public QueryPageError? EngineError { get; init; }
}

internal sealed record QueryPage(string? Id, string? NextUri, JsonElement[][]? Data, QueryPageError? Error);

internal sealed record QueryPageError(string? Message, string? ErrorName, string? ErrorType);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QueryPage))]
internal sealed partial class QueryPageJson : JsonSerializerContext;
