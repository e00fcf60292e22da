using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>A worker's tasks on a real port.</summary>
internal sealed class FakeWorker : IAsyncDisposable
{
    private WebApplication? _app;

    public Uri Uri { get; private set; } = null!;

    /// <summary>Ids of tasks that run.</summary>
    public ConcurrentDictionary<string, bool> Tasks { get; } = new();

    /// <summary>What it refuses to end, with this status.</summary>
    public HttpStatusCode? Refuses { get; set; }

    /// <summary>Requests other than the list and an abort: asking for one task would keep it alive.</summary>
    public ConcurrentQueue<string> Unexpected { get; } = new();

    public async Task<FakeWorker> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        Uri = new Uri(_app.Urls.First());
        return this;
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task AnswerAsync(HttpContext context)
    {
        var request = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}";
        if (request == "GET /v1/task?summarize")
            return context.Response.WriteAsync($"[{string.Join(',', Tasks.Keys.Select(static id => $$"""{"taskId":"{{id}}","taskStatus":{"state":"RUNNING"} }"""))}]");
        var id = context.Request.Path.Value!.Split('/')[^1];
        if (request != $"DELETE /v1/task/{id}?abort=true")
            Unexpected.Enqueue(request);
        else if (Refuses is { } status)
            context.Response.StatusCode = (int)status;
        else
            Tasks.TryRemove(id, out _);
        return Task.CompletedTask;
    }
}
