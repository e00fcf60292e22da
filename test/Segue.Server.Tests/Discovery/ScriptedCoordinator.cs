using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Tests.Discovery;

/// <summary>A coordinator that keeps what it is sent; <see cref="Hang"/> makes it take connections and never answer.</summary>
internal sealed class ScriptedCoordinator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _never = new();

    private ScriptedCoordinator()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            Received.Enqueue(new Received(context.Request.Method, context.Request.Path, headers, body));
            if (Hang)
                await _never.Task.WaitAsync(context.RequestAborted);
            context.Response.StatusCode = Status;
            if (Answer is { } answer)
                await context.Response.WriteAsync(answer);
        });
    }

    public ConcurrentQueue<Received> Received { get; } = [];

    public bool Hang { get; set; }

    public int Status { get; set; } = StatusCodes.Status204NoContent;

    public string? Answer { get; set; }

    public Uri Uri => new(_app.Urls.Single());

    public static async Task<ScriptedCoordinator> StartAsync()
    {
        var coordinator = new ScriptedCoordinator();
        await coordinator._app.StartAsync();
        return coordinator;
    }

    public async ValueTask DisposeAsync()
    {
        _never.TrySetResult();
        await _app.DisposeAsync();
    }
}

internal sealed record Received(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);
