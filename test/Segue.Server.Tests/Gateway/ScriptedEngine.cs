using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Tests.Gateway;

/// <summary>A coordinator on a real port that answers each request as its test says, and keeps what it was asked.</summary>
internal sealed class ScriptedEngine(string incarnation) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _script = new();
    private WebApplication? _app;
    private int _port;

    /// <summary>The id of its only statement.</summary>
    public string Id { get; } = $"20260101_000000_00001_{incarnation}";

    public string Incarnation => incarnation;

    public Uri Uri => new($"http://127.0.0.1:{_port}");

    public string Name => Uri.Authority;

    /// <summary>Method and target of every request, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>Headers of every request, in order.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Headers { get; } = [];

    public static async Task<ScriptedEngine> StartAsync(string incarnation)
    {
        var engine = new ScriptedEngine(incarnation);
        await engine.StartAsync();
        return engine;
    }

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, _port);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        _port = new Uri(_app.Urls.Single()).Port;
    }

    /// <summary>Ends every connection, and refuses new ones.</summary>
    public async Task CrashAsync()
    {
        if (_app is not { } app)
            return;
        _app = null;
        using var now = new CancellationTokenSource();
        now.Cancel();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    public string Queued(int token) => $"/v1/statement/queued/{Id}/{token}?slug=s";

    public string Executing(int token) => $"/v1/statement/executing/{Id}/{token}?slug=s";

    /// <param name="request">Method and target, e.g. <c>POST /v1/statement</c>.</param>
    public void On(string request, Func<HttpContext, Task> answer) => _script[request] = answer;

    public void On(string request, string page) => On(request, context => SayAsync(context, page));

    /// <summary>Takes a statement; its first poll is <see cref="Queued"/> of 1.</summary>
    public void TakeStatement() => On("POST /v1/statement", Page("QUEUED", Queued(1)));

    /// <summary>A page as the engines write it.</summary>
    /// <param name="rows">JSON of the rows, or null for a page without.</param>
    /// <param name="more">Further fields, e.g. <c>"updateType":"INSERT"</c>.</param>
    public string Page(string state, string? next, string? rows = null, string more = "", string columns = "x")
    {
        var page = new StringBuilder($$"""{"id":"{{Id}}","infoUri":"{{Uri}}ui/query.html?{{Id}}" """);
        if (next is not null)
            page.Append($$""","nextUri":"{{Uri.GetLeftPart(UriPartial.Authority)}}{{next}}" """);
        if (rows is not null)
            page.Append($$""","columns":[{"name":"{{columns}}","type":"bigint"}],"data":{{rows}}""");
        page.Append($$$""","stats":{"state":"{{{state}}}"},"warnings":[]""");
        if (more.Length > 0)
            page.Append(',').Append(more);
        return page.Append('}').ToString();
    }

    public static string Error(string name, string type = "INTERNAL_ERROR") =>
        $$$"""
        "error":{"message":"{{{name}}}","errorCode":1,"errorName":"{{{name}}}","errorType":"{{{type}}}","failureInfo":{"type":"x","suppressed":[],"stack":[]}}
        """;

    public static Task SayAsync(HttpContext context, string page, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(page);
    }

    /// <summary>Sends a page up to and with a text in it, and ends the connection.</summary>
    public static async Task BreakOffAsync(HttpContext context, string page, string behind)
    {
        context.Response.ContentType = "application/json";
        var part = Encoding.UTF8.GetBytes(page[..(page.LastIndexOf(behind, StringComparison.Ordinal) + behind.Length)]);
        // less than was promised: the server sends all of it and closes, where an abort would drop what is still on its way
        context.Response.ContentLength = part.Length + 1;
        await context.Response.Body.WriteAsync(part);
    }

    public async ValueTask DisposeAsync() => await CrashAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        // is it alive? no part of any script
        if (context.Request.Path == "/v1/info")
        {
            await SayAsync(context, "{}");
            return;
        }
        var request = $"{context.Request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}";
        Headers.Enqueue(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        Asked.Enqueue(request);
        if (_script.TryGetValue(request, out var answer))
            await answer(context);
        else
            context.Response.StatusCode = 404;
    }
}
