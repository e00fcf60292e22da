using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Segue.Core.Members;

namespace Segue.Server.Members;

/// <summary>Tells one other member, one word after the other. A word that does not arrive is lost: all of them are told again, or stand in the store.</summary>
internal sealed class PeerLane : IAsyncDisposable
{
    private const int Waiting = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<PeerWord> _words = Channel.CreateBounded<PeerWord>(new BoundedChannelOptions(Waiting)
    {
        FullMode = BoundedChannelFullMode.DropOldest,
        SingleReader = true,
    });

    private readonly CancellationTokenSource _stop = new();
    private readonly string _to;
    private readonly Uri _address;
    private readonly HttpClient _http;
    private readonly PeerSeal _seal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<long> _next;
    private readonly Task _running;
    private bool _silent;

    /// <param name="next">The number of the next word.</param>
    public PeerLane(string to, Uri address, HttpClient http, PeerSeal seal, Func<long> next, TimeProvider time, ILogger logger)
    {
        _to = to;
        _address = new Uri(address, PeerListener.WordsPath);
        _http = http;
        _seal = seal;
        _next = next;
        _time = time;
        _logger = logger;
        _running = RunAsync();
    }

    public void Tell(PeerWord word) => _words.Writer.TryWrite(word);

    public async ValueTask DisposeAsync()
    {
        _words.Writer.TryComplete();
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var word in _words.Reader.ReadAllAsync(_stop.Token))
                Judge(await TrySendAsync(word with { Number = _next() }));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // the member is gone, or this one ends
        }
    }

    /// <summary>Why it did not arrive, or null.</summary>
    private async Task<string?> TrySendAsync(PeerWord word)
    {
        using var deadline = new CancellationTokenSource(Patience, _time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        using var content = new ByteArrayContent(_seal.Seal(
            _to, JsonSerializer.SerializeToUtf8Bytes(word, MembersJson.Default.PeerWord), RandomNumberGenerator.GetBytes(PeerSeal.NonceSize)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        try
        {
            using var answer = await _http.PostAsync(_address, content, any.Token);
            return answer.IsSuccessStatusCode ? null : $"it answers {(int)answer.StatusCode}";
        }
        catch (HttpRequestException exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return $"it does not answer within {Patience.TotalSeconds:0} s";
        }
    }

    private void Judge(string? problem)
    {
        if (_silent == problem is not null)
            return;
        _silent = problem is not null;
        if (problem is null)
            _logger.PeerHears(_to, _address);
        else
            _logger.PeerDoesNotHear(_to, _address, problem);
    }
}
