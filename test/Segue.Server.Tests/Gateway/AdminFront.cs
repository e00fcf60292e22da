using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Server.Admin;
using Segue.Server.Telemetry;
using Segue.Server.Tests.Admin;

namespace Segue.Server.Tests.Gateway;

/// <summary>The admin port of a gateway under test, over a real socket.</summary>
internal sealed class AdminFront : IAsyncDisposable
{
    private readonly PrometheusText _metrics;
    private readonly HttpClient _http = new();
    private readonly AdminHost _host;

    private AdminFront(PrometheusText metrics, AdminHost host)
    {
        _metrics = metrics;
        _host = host;
        _http.BaseAddress = host.Addresses.Single();
    }

    public static async Task<AdminFront> StartAsync(GatewayHost gateway)
    {
        var metrics = new PrometheusText(gateway.Metrics);
        var sources = new AdminSources
        {
            StartedAt = FakeCluster.Noon,
            DeploymentId = "d1",
            Member = gateway.Owner,
            Clusters = [gateway.Shown],
            Others = gateway.Services.Others?.Pass,
            History = new FakeHistory(),
            Time = TimeProvider.System,
        };
        var endpoints = new AdminEndpoints(sources, new SegueHealth([gateway.Cluster], default), metrics);
        return new AdminFront(
            metrics, await AdminHost.StartAsync(new Endpoint("http", "127.0.0.1", 0), null, endpoints, NullLoggerFactory.Instance, TimeProvider.System, default));
    }

    public async Task<QueryListReport> ListAsync() =>
        JsonSerializer.Deserialize(await _http.GetByteArrayAsync("/api/queries"), AdminJson.Default.QueryListReport)!;

    public async Task<QueryReport> QueryAsync(string id) =>
        JsonSerializer.Deserialize(await _http.GetByteArrayAsync($"/api/queries/{id}"), AdminJson.Default.QueryReport)!;

    public async Task<CancelReport> CancelAsync(string id)
    {
        var (_, body) = await SendAsync(HttpMethod.Delete, $"/api/queries/{id}");
        return JsonSerializer.Deserialize(body, AdminJson.Default.CancelReport)!;
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, string? header = null, string? value = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (header is not null)
            request.Headers.TryAddWithoutValidation(header, value);
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        _metrics.Dispose();
    }
}
