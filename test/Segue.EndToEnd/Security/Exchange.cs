using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Segue.Core.Protocol;

namespace Segue.EndToEnd.Security;

/// <summary>One answer, as everything of it that a client can see.</summary>
internal sealed record Exchange(int Status, string? Reason, string Headers, string Body)
{
    /// <summary>The clients' name for the cluster, in certificates too: .NET takes the TLS name from the Host header.</summary>
    public const string Host = "cluster.example";

    /// <summary>Sends one request.</summary>
    /// <param name="credentials">user:password for basic authentication, another scheme's header as it is, or nothing.</param>
    public static async Task<Exchange> SendAsync(
        HttpClient client, Dialect dialect, string method, string target, string? user, string? credentials, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        if (method == "POST")
            request.Content = new StringContent("SELECT 1");
        // the same name everywhere, so that answers differ in nothing but their origin
        request.Headers.Host = $"{Host}:8443";
        if (user is not null)
            request.Headers.Add(dialect.Header("User"), user);
        if (credentials is not null)
            request.Headers.Authorization = credentials.StartsWith("Bearer ", StringComparison.Ordinal)
                ? AuthenticationHeaderValue.Parse(credentials)
                : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var answer = await client.SendAsync(request);
        var seen = answer.Headers.Concat(answer.Content.Headers)
            .Where(static header => header.Key is not ("Date" or "Transfer-Encoding" or "Connection" or "Keep-Alive"))
            .SelectMany(static header => header.Value.Select(value => $"{header.Key}: {value}"))
            .Order(StringComparer.Ordinal);
        return new Exchange((int)answer.StatusCode, answer.ReasonPhrase, string.Join('\n', seen), await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Follows a statement to its end; its rows as JSON.</summary>
    public async Task<string> RowsAsync(HttpClient client, Dialect dialect, string user, string credentials)
    {
        var rows = new List<string>();
        for (var page = this; ;)
        {
            page.Status.ShouldBe(200, page.Body);
            using var json = JsonDocument.Parse(page.Body);
            json.RootElement.TryGetProperty("error", out var error).ShouldBeFalse(error.ToString());
            if (json.RootElement.TryGetProperty("data", out var data))
                rows.AddRange(data.EnumerateArray().Select(static row => row.GetRawText()));
            if (!json.RootElement.TryGetProperty("nextUri", out var next))
                return string.Join(',', rows);
            var uri = new Uri(next.GetString()!);
            // the client's own name for the cluster is in it, whoever wrote it
            uri.Authority.ShouldBe($"{Host}:8443");
            page = await SendAsync(client, dialect, "GET", uri.PathAndQuery, user, credentials);
        }
    }
}
