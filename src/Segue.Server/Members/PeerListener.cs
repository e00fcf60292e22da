using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Server.Discovery;
using Segue.Server.Gateway.Clients;
using Segue.Server.Members.Passing;
using Endpoint = Segue.Core.Configuration.Endpoint;

namespace Segue.Server.Members;

/// <summary>Where the other members of the deployment tell this one what they know. Nobody else can: words are sealed with the deployment's key.</summary>
internal sealed class PeerListener : IAsyncDisposable
{
    public const string WordsPath = "/segue/peer/words";

    private const int WordBytes = 1 << 20;

    private readonly ConcurrentDictionary<string, long> _last = new();
    private readonly string _me;
    private readonly PeerSeal _seal;
    private readonly ILogger _logger;
    private WebApplication? _application;

    public PeerListener(string me, PeerSeal seal, ILogger logger)
    {
        _me = me;
        _seal = seal;
        _logger = logger;
    }

    /// <summary>Who takes what is told; set before anybody knows of this member.</summary>
    public Action<PeerWord> Hear { get; set; } = static _ => { };

    /// <summary>Who takes what is told of nodes, by the teller's id.</summary>
    public Action<string, NodeWord> HearNodes { get; set; } = static (_, _) => { };

    /// <summary>Who answers what other members pass on; null before anybody does.</summary>
    public RequestDelegate? Pass { get; set; }

    /// <summary>The port that it listens on.</summary>
    public int Port => new Uri(_application!.Urls.First()).Port;

    /// <exception cref="IOException">The port is taken.</exception>
    /// <param name="headerBytes">The most that a request's headers may take.</param>
    public async Task StartAsync(Endpoint endpoint, CertificateFiles? certificate, int headerBytes, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation) =>
        _application = await SidePort.OpenAsync(endpoint, certificate, options => ClientListener.TakeAnything(options, headerBytes), HandleAsync, loggers, time, cancellation);

    public ValueTask DisposeAsync() => _application?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task HandleAsync(HttpContext context)
    {
        if (Pass is { } pass && context.Request.Path.StartsWithSegments(PassReceiver.Prefix))
            await pass(context);
        else if (context.Request.Path != WordsPath || !HttpMethods.IsPost(context.Request.Method))
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        else
            context.Response.StatusCode = await HearAsync(context.Request) ? StatusCodes.Status204NoContent : StatusCodes.Status403Forbidden;
    }

    private async Task<bool> HearAsync(HttpRequest request)
    {
        if (request.ContentLength is not (> 0 and <= WordBytes) and var length)
        {
            _logger.PeerRefused(request.HttpContext.Connection.RemoteIpAddress, $"a body of {length} bytes");
            return false;
        }
        var box = new byte[(int)request.ContentLength.Value];
        await request.Body.ReadExactlyAsync(box, request.HttpContext.RequestAborted);
        if (_seal.Open(_me, box) is not { } plain || JsonSerializer.Deserialize(plain, MembersJson.Default.PeerWord) is not { } word)
        {
            _logger.PeerRefused(request.HttpContext.Connection.RemoteIpAddress, "a word that is not sealed for this member by the deployment's key");
            return false;
        }
        // late and repeated ones are taken as heard
        if (IsNew(word))
            Hear(word);
        return true;
    }

    private bool IsNew(PeerWord word)
    {
        while (true)
        {
            var last = _last.GetOrAdd(word.From, 0);
            if (word.Number <= last)
                return false;
            if (_last.TryUpdate(word.From, word.Number, last))
                return true;
        }
    }
}
