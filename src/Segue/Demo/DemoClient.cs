using System.Text;
using System.Text.Json;

namespace Segue.Demo;

/// <summary>The plainest client there is: POST, follow <c>nextUri</c>, and no second try of anything.</summary>
internal sealed class DemoClient(Uri segue, string engine, string user) : IDisposable
{
    private static readonly TimeSpan PageTimeout = TimeSpan.FromSeconds(30);

    private readonly string _userHeader = engine == "trino" ? "X-Trino-User" : "X-Presto-User";
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { Timeout = PageTimeout };

    /// <returns>Null where all rows are right, else what went wrong.</returns>
    public async Task<DemoFailure?> RunAsync(DemoQuery query, CancellationToken cancellation)
    {
        var rows = new StringBuilder();
        try
        {
            var request = new HttpRequestMessage(HttpMethod.Post, new Uri(segue, "/v1/statement")) { Content = new StringContent(query.Sql) };
            while (true)
            {
                using var page = await PageAsync(request, cancellation);
                var root = page.RootElement;
                if (root.TryGetProperty("error", out var error))
                    return new(false, $"{error.GetProperty("errorName").GetString()}: {error.GetProperty("message").GetString()}");
                if (root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array)
                    foreach (var row in data.EnumerateArray())
                        rows.Append(rows.Length == 0 ? "" : ",").Append(row.GetRawText());
                if (!root.TryGetProperty("nextUri", out var next))
                    break;
                request = new HttpRequestMessage(HttpMethod.Get, next.GetString());
            }
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or JsonException or KeyNotFoundException)
        {
            return new(false, failed.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(false, $"no answer for {HumanDuration.Of(PageTimeout)}");
        }
        return $"[{rows}]" == query.Rows ? null : new(true, $"wrong rows for {query.Sql}: [{rows}]");
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonDocument> PageAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using (request)
        {
            request.Headers.Add(_userHeader, user);
            using var response = await _http.SendAsync(request, cancellation);
            response.EnsureSuccessStatusCode();
            return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), default, cancellation);
        }
    }
}

internal sealed record DemoFailure(bool WrongRows, string What);
