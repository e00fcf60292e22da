using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Endpoint = Segue.Core.Configuration.Endpoint;

namespace Segue.Server.Gateway.Clients;

/// <summary>A port that is not the clients': a server of its own, so that a crowded client port does not silence it.</summary>
internal static class SidePort
{
    /// <summary>Throws <see cref="IOException"/> where the port is taken, <see cref="System.Net.Sockets.SocketException"/> where the address is not this machine's or may not be used.</summary>
    public static async Task<WebApplication> OpenAsync(
        Endpoint endpoint, CertificateFiles? certificate, Action<KestrelServerOptions> settle, RequestDelegate answer, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
        {
            settle(options);
            options.Listen(ClientListener.AddressOf(endpoint.Host), endpoint.Port, listen =>
            {
                if (endpoint.Scheme == Uri.UriSchemeHttps)
                    ClientListener.UseTls(listen, certificate!, loggers, time);
            });
        });
        var application = builder.Build();
        ((IApplicationBuilder)application).Run(answer);
        await application.StartAsync(cancellation);
        return application;
    }
}
