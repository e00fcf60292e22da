using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>A scripted coordinator on a real port; it can be silent, stopped and started again as another process.</summary>
internal sealed class FakeCoordinator(string incarnation) : IAsyncDisposable
{
    private readonly TaskCompletionSource _never = new();
    private int _listsAsked;
    private WebApplication? _app;
    private DateTimeOffset _started;

    public int Port { get; private set; }

    public string Incarnation { get; private set; } = incarnation;

    public bool Silent { get; set; }

    /// <summary>It tells its node id and incarnation with the rest, as Trino does since 477.</summary>
    public string? NodeId { get; init; }

    /// <summary>How long a process takes before its uptime begins to count.</summary>
    public TimeSpan BootTime { get; init; }

    /// <summary>Query ids of canaries that a deployment called "theirs" ran here.</summary>
    public string[] OtherCanaries { get; set; } = [];

    /// <summary>Running queries and when they were created; one that is ended is taken out.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> Running { get; } = new();

    public int ListsAsked => Volatile.Read(ref _listsAsked);

    public CoordinatorConfig Config => new() { Url = new Core.Configuration.Endpoint("http", "127.0.0.1", Port) };

    public async Task<FakeCoordinator> StartAsync(string? incarnation = null)
    {
        Incarnation = incarnation ?? Incarnation;
        // as old as a coordinator is when it dies: one that was restarted tells itself by its uptime
        _started = TimeProvider.System.GetUtcNow() - (incarnation is null ? TimeSpan.FromMinutes(1) : TimeSpan.Zero);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Port}");
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        Port = new Uri(_app.Urls.First()).Port;
        return this;
    }

    /// <summary>Ends every connection, and refuses new ones.</summary>
    public async Task CrashAsync()
    {
        using var at = new CancellationTokenSource();
        at.Cancel();
        await _app!.StopAsync(at.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        _never.TrySetResult();
        if (_app is not null)
            await CrashAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (Silent)
            await _never.Task.WaitAsync(context.RequestAborted);
        var uptime = Math.Max(0, (TimeProvider.System.GetUtcNow() - _started - BootTime).TotalSeconds);
        var id = $"20260101_000000_00001_{Incarnation}";
        var text = (context.Request.Method, context.Request.Path.Value) switch
        {
            ("GET", "/v1/info") => $$"""{"nodeVersion":{"version":"0.287"},"environment":"test","coordinator":true,"starting":false,"uptime":"{{uptime:0.00}}s"{{(NodeId is null ? "" : $",\"nodeId\":\"{NodeId}\",\"coordinatorId\":\"{Incarnation}\"")}} }""",
            ("GET", "/v1/info/state") => "\"ACTIVE\"",
            ("POST", "/v1/statement") => $$"""{"id":"{{id}}","nextUri":"http://127.0.0.1:{{Port}}/v1/statement/queued/{{id}}/1"}""",
            ("GET", _) when context.Request.Path.StartsWithSegments("/v1/statement", StringComparison.Ordinal) => $$"""{"id":"{{id}}","data":[[2]]}""",
            ("GET", "/v1/query") => Queries(),
            ("DELETE", { } path) when path.StartsWith("/v1/query/", StringComparison.Ordinal) => Running.TryRemove(path["/v1/query/".Length..], out _) ? "" : null,
            _ => null,
        };
        context.Response.StatusCode = text is null ? 404 : 200;
        await context.Response.WriteAsync(text ?? "");
    }

    private string Queries()
    {
        Interlocked.Increment(ref _listsAsked);
        var others = OtherCanaries.Select(other => $$"""{"queryId":"{{other}}","state":"FINISHED","session":{"source":"segue-canary/theirs"} }""");
        var running = Running.Select(query => $$"""{"queryId":"{{query.Key}}","state":"RUNNING","queryStats":{"createTime":"{{query.Value:yyyy-MM-ddTHH:mm:ss.fffZ}}"} }""");
        return $"[{string.Join(',', others.Concat(running))}]";
    }
}
