using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Server.Gateway.Clients;
using Endpoint = Segue.Core.Configuration.Endpoint;

namespace Segue.Server.Admin;

/// <summary>The admin port.</summary>
public sealed class AdminHost : IAsyncDisposable
{
    private readonly WebApplication _application;

    private AdminHost(WebApplication application) => _application = application;

    /// <summary>Where it listens; the port is the real one where port 0 was asked for.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _application.Urls.Select(url => new Uri(url))];

    /// <summary>Throws <see cref="IOException"/> where the port is taken, <see cref="System.Net.Sockets.SocketException"/> where the address is not this machine's or may not be used.</summary>
    public static async Task<AdminHost> StartAsync(
        Endpoint endpoint, CertificateFiles? certificate, AdminEndpoints endpoints, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation)
    {
        var application = await SidePort.OpenAsync(endpoint, certificate, static options => options.AddServerHeader = false, endpoints.HandleAsync, loggers, time, cancellation);
        var host = new AdminHost(application);
        AdminLog.Listening(loggers.CreateLogger<AdminHost>(), string.Join(", ", application.Urls));
        return host;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
