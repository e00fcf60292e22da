using System.Net;

namespace Segue.Server.Tests.Discovery;

/// <summary>What nodes send, and what the tests ask.</summary>
internal static class Nodes
{
    public static string Body(string nodeId, bool coordinator, string http, string environment = "test") =>
        $$$"""
          {"environment":"{{{environment}}}","nodeId":"{{{nodeId}}}","location":"/{{{nodeId}}}","pool":"general","services":[
          {"id":"id-{{{nodeId}}}","type":"presto","properties":{"coordinator":"{{{(coordinator ? "true" : "false")}}}", "http" : "{{{http}}}","connectorIds":"tpch,memory"}}]}
          """;

    public static Task<HttpResponseMessage> AnnounceAsync(
        this HttpClient http, string nodeId, bool coordinator = false, string uri = "http://127.0.0.1:1", string environment = "test") =>
        http.PutAsync($"/v1/announcement/{nodeId}", new StringContent(Body(nodeId, coordinator, uri, environment)));

    public static async Task<string> ListAsync(this HttpClient http, string? asker = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/service/presto/general");
        if (asker is not null)
            request.Headers.TryAddWithoutValidation("User-Agent", asker);
        using var response = await http.SendAsync(request);
        return response.StatusCode == HttpStatusCode.OK
            ? await response.Content.ReadAsStringAsync()
            : $"{(int)response.StatusCode}";
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
    }
}
