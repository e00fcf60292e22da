using System.Buffers;
using Segue.Core.Protocol;

namespace Segue.Server.Gateway;

internal enum PageState
{
    /// <summary>More may come.</summary>
    Arriving,

    /// <summary>Whole.</summary>
    Complete,

    /// <summary>The coordinator broke off, or sent what is no page.</summary>
    Broken,
}

/// <summary>
/// One page of a coordinator as it arrives. Reads no further than it is asked to, so that a slow client holds back its own coordinator
/// connection and nothing else (I10).
/// </summary>
internal sealed class UpstreamPage(HttpResponseMessage response, string path) : IDisposable
{
    private const int ChunkBytes = 32 << 10;

    /// <summary>A row longer than this goes out in pieces: the one case in which a broken coordinator breaks a body (R4.1).</summary>
    private const int MaxWaitingRow = 4 << 20;

    private readonly PageScanner _scanner = new();
    private Stream? _body;
    private byte[] _data = [];
    private int _length;
    private int _border;
    private long _skip;
    private bool _dropComma;

    public HttpResponseMessage Response => response;

    /// <summary>Where the coordinator replays this page.</summary>
    public string Path => path;

    public PageState State { get; private set; }

    public PageScanner Scanner => _scanner;

    /// <summary>Once complete.</summary>
    public PageFacts? Facts { get; private set; }

    /// <summary>Why it is broken, for people.</summary>
    public string? Fault { get; private set; }

    /// <summary>Rows in whole that may go to the client.</summary>
    public ReadOnlyMemory<byte> Ready => _data.AsMemory(0, _border);

    /// <summary>Rows that <see cref="Ready"/> and everything before it carries, without those that were skipped.</summary>
    public long Rows { get; private set; }

    /// <summary>What it takes in memory.</summary>
    public int Buffered => _length + _scanner.Prefix.Length + _scanner.Suffix.Length;

    /// <summary>True while the client has the beginning of a row without its end.</summary>
    public bool InsideRow { get; private set; }

    /// <summary>The client has these rows of this page already: it broke off behind them and is replayed.</summary>
    public void Skip(long rows) => _skip = rows;

    /// <summary>Reads until the page is complete or broken, or <paramref name="limit"/> bytes wait here.</summary>
    public async ValueTask ReadAsync(int limit, CancellationToken cancellation)
    {
        if (State != PageState.Arriving)
            return;
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            _body ??= await response.Content.ReadAsStreamAsync(cancellation);
            while (State == PageState.Arriving && _border < limit)
            {
                var read = await _body.ReadAsync(chunk, cancellation);
                if (read == 0)
                    Finish();
                else
                    Take(chunk.AsSpan(0, read));
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            Break($"the connection broke inside a page: {broken.Message}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Forgets <see cref="Ready"/>: it went to the client.</summary>
    public void Advance()
    {
        _data.AsSpan(_border, _length - _border).CopyTo(_data);
        _length -= _border;
        _border = 0;
    }

    /// <summary>Gives the page up where its coordinator is lost though its connection still stands.</summary>
    public void Break(string fault)
    {
        State = PageState.Broken;
        Fault = fault;
    }

    public void Dispose()
    {
        if (_data.Length > 0)
            ArrayPool<byte>.Shared.Return(_data);
        _data = [];
        (_length, _border) = (0, 0);
        response.Dispose();
    }

    private void Finish()
    {
        if (_scanner.Phase != ScanPhase.End)
            Break("the coordinator ended a page before its end");
        else if (_scanner.ReadFacts() is { } facts)
            (Facts, State) = (facts, PageState.Complete);
        else
            Break("the coordinator sent something that is no page of results");
    }

    private void Take(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty)
        {
            // while rows are skipped, byte by byte: the scanner tells only the last border of what it was fed
            var progress = _scanner.Feed(_skip > 0 && _scanner.Phase == ScanPhase.Rows ? chunk[..1] : chunk);
            if (progress.Phase is ScanPhase.Rows or ScanPhase.Encoded)
                Keep(chunk[..progress.Consumed], progress);
            if (_scanner.Phase == ScanPhase.Broken)
            {
                Break(_scanner.Fault == ScanFault.TooLarge ? "a page has more than 4 MiB beside its rows" : "the coordinator sent something that is no page of results");
                return;
            }
            chunk = chunk[progress.Consumed..];
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes, in ScanProgress progress)
    {
        if (_skip > 0)
        {
            _skip -= progress.Rows;
            _dropComma = true;
            return;
        }
        var dropped = 0;
        if (_dropComma && bytes.IndexOf((byte)',') is >= 0 and var comma)
        {
            dropped = comma + 1;
            _dropComma = false;
        }
        Append(bytes[dropped..]);
        Rows += progress.Rows;
        if (_scanner.Phase is ScanPhase.Suffix)
        {
            _border = _length;
            InsideRow = false;
        }
        else if (progress.Forward > dropped)
        {
            _border = _length - (progress.Consumed - progress.Forward);
            InsideRow = false;
        }
        else if (_length - _border > MaxWaitingRow)
        {
            _border = _length;
            InsideRow = true;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _data.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(ChunkBytes * 2, _length + bytes.Length));
            _data.AsSpan(0, _length).CopyTo(larger);
            if (_data.Length > 0)
                ArrayPool<byte>.Shared.Return(_data);
            _data = larger;
        }
        bytes.CopyTo(_data.AsSpan(_length));
        _length += bytes.Length;
    }
}
