using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Server.Discovery;
using Segue.Server.Gateway.Clients;
using Segue.Server.Store;
using Segue.Server.Telemetry;

namespace Segue.Server.Tests.Discovery;

/// <summary>The discovery front behind the real client port.</summary>
internal sealed class FrontHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SegueMetrics _metrics = new();

    private FrontHost(FixedCluster cluster, IStore store, TimeProvider time, int port, Endpoint listen, CertificateFiles? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var config = new SegueConfig { Listen = listen with { Port = port }, Clusters = [cluster.Config], Certificate = certificate };
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => ClientListener.ConfigureKestrel(kestrel, config, NullLoggerFactory.Instance, time));
        _app = builder.Build();
        Front = new DiscoveryFront(cluster, cluster.Client, store, _metrics, time, NullLoggerFactory.Instance);
        _app.Run(context =>
        {
            context.Response.Headers["X-Seen-Protocol"] = context.Request.Protocol;
            return DiscoveryFront.Owns(context.Request) ? Front.HandleAsync(context) : Task.CompletedTask;
        });
    }

    public DiscoveryFront Front { get; }

    public Uri Uri => new(_app.Urls.Single());

    public static async Task<FrontHost> StartAsync(
        FixedCluster cluster, IStore store, TimeProvider time, int port = 0, Endpoint? listen = null, CertificateFiles? certificate = null, INodeTalk? talk = null)
    {
        var host = new FrontHost(cluster, store, time, port, listen ?? new Endpoint("http", "127.0.0.1", 0), certificate);
        if (talk is not null)
            host.Front.ShareWith(talk);
        await host.Front.StartAsync(CancellationToken.None);
        await host._app.StartAsync();
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await Front.DisposeAsync();
        _metrics.Dispose();
    }
}
