using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Segue.Server.Gateway.Clients;

namespace Segue.Server.Gateway.Pages;

/// <summary>The body of a page: compressed by Segue for clients that ask, because the coordinator is the scarce machine (design: life of a page).</summary>
internal sealed class ResponseBody : IAsyncDisposable
{
    /// <summary>Less than Kestrel's default (64 KiB).</summary>
    private const int BufferedBytes = 60 << 10;

    private readonly ClientCall _call;
    private readonly GZipStream? _gzip;
    private readonly Stream _stream;

    private ResponseBody(ClientCall call, bool compress)
    {
        _call = call;
        var context = call.Context;
        if (compress)
        {
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.Headers.Append("Vary", "Accept-Encoding");
            _gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        }
        _stream = _gzip ?? context.Response.Body;
    }

    /// <summary>Bytes before compression.</summary>
    public long Written { get; private set; }

    /// <summary>Begins the body; the headers must be in place, but for the encoding.</summary>
    /// <param name="expected">The body's length where it is known: small bodies are not worth compressing.</param>
    public static ResponseBody Begin(ClientCall call, int? expected)
    {
        var compress = expected is not < 1024 && Accepts(call.Context.Request.Headers.AcceptEncoding.ToString());
        if (!compress)
            call.Context.Response.ContentLength = expected;
        return new ResponseBody(call, compress);
    }

    /// <param name="cancellation">Who waits behind this body; a small one goes out whole all the same, because nobody waits for what the connection's buffer takes.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (bytes.IsEmpty)
            return;
        await _call.For(_stream.WriteAsync(bytes, Written + bytes.Length <= BufferedBytes ? _call.Aborted : cancellation));
        Written += bytes.Length;
    }

    public ValueTask DisposeAsync() => _gzip?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static bool Accepts(string acceptEncoding)
    {
        foreach (var part in acceptEncoding.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.Equals("gzip", StringComparison.OrdinalIgnoreCase))
                return true;
            if (part.StartsWith("gzip;", StringComparison.OrdinalIgnoreCase))
                return !part.EndsWith("q=0", StringComparison.Ordinal) && !part.EndsWith("q=0.0", StringComparison.Ordinal);
        }
        return false;
    }
}
