using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Server.Admin;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Pages;
using Segue.Server.Store;
using Segue.Server.Upstream;

namespace Segue.Server.Members.Passing;

/// <summary>What became of a request that was passed on.</summary>
internal enum PassOutcome
{
    /// <summary>The client has the member's answer.</summary>
    Answered,

    /// <summary>It does not follow the query; only where it was to say so.</summary>
    Unknown,

    /// <summary>It ends, and answers nothing any more.</summary>
    Leaving,

    /// <summary>It gave no whole answer, and the client has none.</summary>
    Silent,
}

/// <summary>Passes clients' requests on to the member whose queries they are about, and its answers back, unread; and asks members for this one.</summary>
internal sealed class PassSender : IMemberQuestions, IDisposable
{
    /// <summary>Of an answer as much waits here, so that its member may still die: behind that a body may break.</summary>
    private const int HeldBytes = 4 << 20;

    private const int ChunkBytes = 64 << 10;

    /// <summary>A thousand queries with their stories take less.</summary>
    private const int AnswerBytes = 32 << 20;

    private static readonly UriCreationOptions RawPath = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, long> _failed = new(StringComparer.Ordinal);
    private readonly string _me;
    private readonly IMemberList _members;
    private readonly PeerSeal _seal;
    private readonly MemoryBudget _memory;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _invoker;
    private long _number;

    public PassSender(string me, IMemberList members, PeerSeal seal, PeersConfig config, int headerBytes, MemoryBudget memory, TimeProvider time)
    {
        _me = me;
        _members = members;
        _seal = seal;
        _memory = memory;
        _time = time;
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            MaxResponseHeadersLength = headerBytes / 1024,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            SslOptions = ClientTls.Options(new StoreTlsConfig { AuthorityFile = config.AuthorityFile }),
        });
    }

    public IReadOnlyCollection<string> Live => _members.Live;

    /// <param name="to">The member's id.</param>
    /// <param name="body">What the request carries, where that was read.</param>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public async Task<PassOutcome> PassAsync(HttpContext context, string to, string target, PassedFrom from, bool onlyIfKnown, ReadOnlyMemory<byte>? body = null)
    {
        if ((_failed.TryGetValue(to, out var failed) && _time.GetElapsedTime(failed) < AskAgainAfter) || await _members.FindAsync(to, context.RequestAborted) is not { } address)
            return PassOutcome.Silent;
        // not disposed: the look may come at that very moment, and what it is linked to ends with its request
        var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await using var look = _time.CreateTimer(_ =>
        {
            if (_members.IsSilent(to))
                stop.Cancel();
        }, null, LookEvery, LookEvery);
        try
        {
            using var request = Build(new HttpMethod(context.Request.Method), HeadersOf(context), to, address, target, from, onlyIfKnown, body);
            using var response = await _invoker.SendAsync(request, stop.Token);
            switch (WordOf(response))
            {
                case PassClaim.Answered:
                    await CopyAsync(response, context, stop.Token);
                    return PassOutcome.Answered;
                case PassClaim.Unknown:
                    return PassOutcome.Unknown;
                case PassClaim.Leaving:
                    return PassOutcome.Leaving;
                default:
                    // one that is not fit, or just starting, or whose key is another
                    return PassOutcome.Silent;
            }
        }
        catch (Exception broken) when ((broken is HttpRequestException or IOException or OperationCanceledException) && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            _failed[to] = _time.GetTimestamp();
            return PassOutcome.Silent;
        }
    }

    public async Task<MemberAnswer?> AskAsync(string member, HttpMethod method, string target, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience, _time);
        try
        {
            if (await _members.FindAsync(member, deadline.Token) is not { } address)
                return null;
            using var request = Build(method, [], member, address, target, new PassedFrom("", "", ""), onlyIfKnown: false);
            using var response = await _invoker.SendAsync(request, deadline.Token);
            if (WordOf(response) != PassClaim.Answered)
                return null;
            await response.Content.LoadIntoBufferAsync(AnswerBytes, deadline.Token);
            return new MemberAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(deadline.Token));
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => _invoker.Dispose();

    private static string WordOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(PassClaim.Header, out var word) ? word.ToString() : "";

    private static List<KeyValuePair<string, StringValues>> HeadersOf(HttpContext context)
    {
        var headers = HeaderRules.Capture(context.Request.Headers);
        // the connection's own; the client's is in the claim
        headers.RemoveAll(static header => header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase));
        return headers;
    }

    private HttpRequestMessage Build(
        HttpMethod method, IEnumerable<KeyValuePair<string, StringValues>> headers, string to, Uri address, string target, PassedFrom from, bool onlyIfKnown,
        ReadOnlyMemory<byte>? body = null)
    {
        var request = new HttpRequestMessage(method, new Uri($"{address.GetLeftPart(UriPartial.Authority)}{PassReceiver.Prefix}{target}", in RawPath))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body is { } bytes ? new ReadOnlyMemoryContent(bytes) : null,
        };
        HeaderRules.Apply(headers, request);
        var claim = new PassClaim(_me, Interlocked.Increment(ref _number), method.Method, target, from, onlyIfKnown);
        request.Headers.Remove(PassClaim.Header);
        request.Headers.TryAddWithoutValidation(PassClaim.Header, claim.Seal(_seal, to, RandomNumberGenerator.GetBytes(PeerSeal.NonceSize)));
        return request;
    }

    /// <summary>Nothing of an answer goes out before it is whole, or past what may be held.</summary>
    private async Task CopyAsync(HttpResponseMessage response, HttpContext context, CancellationToken cancellation)
    {
        using var held = new MemoryStream();
        var reserved = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            var chunk = new byte[ChunkBytes];
            var read = 0;
            while (held.Length < HeldBytes && _memory.TryTake(ChunkBytes))
            {
                reserved += ChunkBytes;
                if ((read = await body.ReadAsync(chunk, cancellation)) == 0)
                    break;
                held.Write(chunk, 0, read);
            }
            var whole = read == 0 && reserved > 0;
            context.Response.StatusCode = (int)response.StatusCode;
            HeaderRules.CopyResponse(response, context.Response, withLength: true);
            context.Response.Headers.Remove(PassClaim.Header);
            await context.Response.Body.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length), context.RequestAborted);
            if (!whole)
                await body.CopyToAsync(context.Response.Body, cancellation);
        }
        finally
        {
            _memory.GiveBack(reserved);
        }
    }
}
