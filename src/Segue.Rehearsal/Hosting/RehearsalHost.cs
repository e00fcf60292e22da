using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Segue.Core.Model;

namespace Segue.Rehearsal.Hosting;

/// <summary>The HTTP server of a node: one port, one handler, and a way to die without goodbye.</summary>
internal sealed class RehearsalHost : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ConnectionContext, byte> _connections = new();
    private readonly WebApplication _app;

    private RehearsalHost(RehearsalOptions options, RequestDelegate handler)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.AllowAlternateSchemes = true;
            kestrel.Limits.MaxRequestHeaderCount = 10_000;
            kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 20;
            kestrel.Limits.MaxRequestLineSize = 1 << 16;
            kestrel.RequestHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
            kestrel.Listen(IPAddress.Parse(options.Address), options.Port, listen =>
            {
                listen.Use(TrackAsync);
                listen.Protocols = options.Engine == EngineKind.Trino ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                if (options.Engine == EngineKind.Trino)
                    listen.Use(next => connection => PriorKnowledge.DetectAsync(connection, c => next(c)));
            });
        });
        _app = builder.Build();
        _app.Run(handler);
    }

    public int Port { get; private set; }

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<RehearsalHost> StartAsync(RehearsalOptions options, RequestDelegate handler, CancellationToken cancellation)
    {
        var host = new RehearsalHost(options, handler);
        try
        {
            await host._app.StartAsync(cancellation);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
        host.Port = new Uri(host._app.Urls.First()).Port;
        return host;
    }

    /// <summary>Finishes what is being answered, then closes.</summary>
    public Task StopAsync(CancellationToken cancellation) => _app.StopAsync(cancellation);

    /// <summary>Resets every connection and closes the listener at once, as the kernel does for a killed process.</summary>
    public async Task KillAsync()
    {
        AbortConnections();
        try
        {
            await _app.StopAsync(new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            // the cancelled token is what makes the stop immediate
        }
        AbortConnections();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void AbortConnections()
    {
        foreach (var connection in _connections.Keys)
            connection.Abort();
    }

    private ConnectionDelegate TrackAsync(ConnectionDelegate next) => async connection =>
    {
        _connections.TryAdd(connection, 0);
        try
        {
            await next(connection);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    };
}
