using System.Buffers;
using Segue.Core.Protocol;
using Segue.Core.Recovery.Resuming;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Spooling;

namespace Segue.Server.Gateway.Pages;

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
/// <param name="tap">Notes the rows; without it none can be skipped.</param>
/// <param name="spool">For rows that are too long for memory; without it they go out in pieces.</param>
/// <param name="segments">Rewrites addresses in encoded data.</param>
/// <param name="keeper">Takes the text of a page with rows, of which nothing stays here then.</param>
internal sealed class UpstreamPage(
    HttpResponseMessage response, string path, RowTap? tap = null, RowSpool? spool = null, SegmentRewriter? segments = null, ResultSpool? keeper = null) : IDisposable
{
    /// <summary>A longer row waits in a file.</summary>
    public const int MaxWaitingRow = 4 << 20;

    /// <summary>A row longer than this goes out in pieces: the one case in which a broken coordinator breaks a body (R4.1).</summary>
    public const long MaxSpooledRow = 256 << 20;

    private const int ChunkBytes = 32 << 10;
    private const int SmallBuffer = ChunkBytes * 4;

    // the response with its headers, and this
    private const int Overhead = 2048;

    private readonly PageScanner _scanner = new(tap: tap);
    private Stream? _body;
    private byte[] _data = [];
    private int _length;
    private int _border;
    private long _skip;
    private bool _dropComma;
    private FileStream? _spooled;
    private long _spooledBytes;
    private MemoryBudget? _budget;
    private long _charged;
    private long _received;

    public HttpResponseMessage Response => response;

    /// <summary>Where the coordinator replays this page.</summary>
    public string Path => path;

    public PageState State { get; private set; }

    public PageScanner Scanner => _scanner;

    /// <summary>Once complete.</summary>
    public PageFacts? Facts { get; private set; }

    /// <summary>Why it is broken, for people.</summary>
    public string? Fault { get; private set; }

    /// <summary>Complete, and all of it in memory.</summary>
    public bool IsWhole => State == PageState.Complete && _spooledBytes == 0;

    /// <summary>It comes from this machine's disk: no coordinator breaks it off.</summary>
    public bool IsKeptHere { get; init; }

    /// <summary>Where it has rows, none of them stays here.</summary>
    public bool HasKeeper => keeper is not null;

    /// <summary>It has rows, and the keeper has its text.</summary>
    public bool IsSpooled { get; private set; }

    /// <summary>Rows in whole that may go to the client, behind what is in the file.</summary>
    public ReadOnlyMemory<byte> Ready => _data.AsMemory(0, _border);

    /// <summary>Rows that <see cref="Ready"/> and everything before it carries, without those that were skipped; encoded data counts as one (R4.3).</summary>
    public RowTally Tally { get; private set; }

    /// <summary>Hashes of the rows that end in <see cref="Ready"/>.</summary>
    public ReadOnlyMemory<UInt128> RowHashes => tap?.Hashes ?? default;

    /// <summary>Where in <see cref="Ready"/> one of these rows ends.</summary>
    public int RowEnd(int row) => tap!.Ends[row];

    /// <summary>The first of them has its beginning in a file.</summary>
    public bool BeginsInFile => _spooledBytes > 0;

    /// <summary>Rows that the client has from an earlier answer.</summary>
    public long Skipped { get; private set; }

    /// <summary>Bytes of it that wait here.</summary>
    public long Buffered => _spooledBytes + _length + _scanner.Prefix.Length + _scanner.Suffix.Length;

    /// <summary>True while the client has the beginning of a row without its end.</summary>
    public bool InsideRow { get; private set; }

    private long ReadyBytes => _border == 0 ? 0 : _spooledBytes + _border;

    /// <summary>The client has these rows of this page already: it broke off behind them and is replayed.</summary>
    public void Skip(long rows) => _skip = Skipped = rows;

    /// <summary>Reads until the page is complete or broken, or <paramref name="limit"/> bytes wait here.</summary>
    public async ValueTask ReadAsync(int limit, ClientCall call, CancellationToken cancellation)
    {
        if (State != PageState.Arriving)
            return;
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            _body ??= await response.Content.ReadAsStreamAsync(cancellation);
            // behind the page's last byte only its end is left to come
            while (State == PageState.Arriving && keeper?.Closed is null && (ReadyBytes < limit || _scanner.Phase == ScanPhase.End))
            {
                if (_length - _border > MaxWaitingRow)
                {
                    // what is ready goes out before the long row
                    if (_border > 0)
                        break;
                    await SpoolAsync(cancellation);
                    continue;
                }
                var read = await call.For(_body.ReadAsync(chunk, cancellation));
                if (read == 0)
                    Finish();
                else
                    Take(chunk.AsSpan(0, read));
                if (keeper is not null)
                    await HandOverAsync(chunk.AsMemory(0, read), keeper);
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

    /// <summary>Writes all that is ready.</summary>
    public async ValueTask WriteReadyAsync(ResponseBody body, CancellationToken cancellation)
    {
        if (_spooledBytes > 0 && _border > 0)
        {
            var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
            try
            {
                _spooled!.Position = 0;
                for (var left = _spooledBytes; left > 0;)
                {
                    var read = await _spooled.ReadAsync(chunk.AsMemory(0, (int)Math.Min(left, chunk.Length)), cancellation);
                    if (read == 0)
                        throw new IOException("The file of a long row is shorter than what was written to it.");
                    await body.WriteAsync(chunk.AsMemory(0, read), cancellation);
                    left -= read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(chunk);
            }
        }
        await body.WriteAsync(Ready, cancellation);
    }

    /// <summary>Forgets <see cref="Ready"/>: it went to the client.</summary>
    public void Advance()
    {
        if (_border > 0 && _spooled is not null)
        {
            _spooled.Dispose();
            (_spooled, _spooledBytes) = (null, 0);
        }
        _data.AsSpan(_border, _length - _border).CopyTo(_data);
        _length -= _border;
        _border = 0;
        tap?.Clear();
        // what was kept back, or a long row, needed more room than the stream does from here on
        if (_data.Length > SmallBuffer && _length <= SmallBuffer / 2)
            Resize(SmallBuffer);
    }

    /// <summary>Forgets <see cref="Ready"/>: somebody else keeps it, and where the page is asked for again its rows are skipped.</summary>
    public void Absorb()
    {
        Skipped += Tally.Rows;
        Tally = default;
        Advance();
    }

    /// <summary>Counts what it takes in memory; false where there is no room for it.</summary>
    public bool TryKeep(MemoryBudget budget)
    {
        if (_budget is not null)
            return true;
        if (State == PageState.Complete && _data.Length > _length * 2)
            Resize(_length);
        var bytes = _data.Length + _scanner.Capacity + (tap?.Capacity ?? 0) + Overhead;
        if (!budget.TryTake(bytes))
            return false;
        (_budget, _charged) = (budget, bytes);
        return true;
    }

    /// <summary>Gives the page up where its coordinator is lost though its connection still stands.</summary>
    public void Break(string fault)
    {
        State = PageState.Broken;
        Fault = fault;
    }

    public void Dispose()
    {
        _budget?.GiveBack(_charged);
        _budget = null;
        Resize(0);
        (_length, _border) = (0, 0);
        _spooled?.Dispose();
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
            var noted = tap?.Count ?? 0;
            var progress = _scanner.Feed(chunk);
            if (keeper is not null)
            {
                // its rows are no matter here
            }
            else if (progress.Phase == ScanPhase.Rows)
                Keep(chunk[..progress.Consumed], progress, noted);
            else if (progress.Phase == ScanPhase.Encoded)
                KeepEncoded(chunk[..progress.Consumed]);
            if (_scanner.Phase == ScanPhase.Broken)
            {
                Break(_scanner.Fault == ScanFault.TooLarge ? "a page has more than 4 MiB beside its rows" : "the coordinator sent something that is no page of results");
                return;
            }
            chunk = chunk[progress.Consumed..];
        }
    }

    /// <param name="noted">Rows that were noted before these bytes.</param>
    private void Keep(ReadOnlySpan<byte> bytes, in ScanProgress progress, int noted)
    {
        var dropped = _skip > 0 ? SkipRows(bytes.Length, noted) : 0;
        if (_dropComma && bytes[dropped..].IndexOf((byte)',') is >= 0 and var comma)
        {
            dropped += comma + 1;
            _dropComma = false;
        }
        foreach (ref var end in tap is null ? default : tap.Ends[noted..])
            end += _length - dropped;
        Append(bytes[dropped..]);
        Tally += new RowTally(tap?.Count - noted ?? progress.Rows, RowTally.SumOf(RowHashes.Span[noted..]));
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
    }

    /// <returns>Bytes of rows that the client has.</returns>
    private int SkipRows(int length, int noted)
    {
        var skipped = (int)Math.Min(_skip, tap!.Count - noted);
        var dropped = skipped > 0 ? tap.Ends[noted + skipped - 1] : 0;
        tap.Remove(noted, skipped);
        _skip -= skipped;
        _dropComma = true;
        return _skip > 0 ? length : dropped;
    }

    private void KeepEncoded(ReadOnlySpan<byte> bytes)
    {
        Tally = new RowTally(1, 0);
        if (segments is null)
            Append(bytes);
        else
            Append(segments.Rewrite(bytes));
        _border = _length;
    }

    private async ValueTask HandOverAsync(ReadOnlyMemory<byte> chunk, ResultSpool to)
    {
        var before = _received;
        _received += chunk.Length;
        if (!_scanner.HasData)
            return;
        if (!IsSpooled)
        {
            IsSpooled = true;
            await to.BeginPageAsync(path, response);
            await to.AppendAsync(_scanner.Prefix.ToArray());
            chunk = chunk[(int)(_scanner.Prefix.Length - before)..];
        }
        await to.AppendAsync(chunk);
    }

    private async ValueTask SpoolAsync(CancellationToken cancellation)
    {
        try
        {
            if (spool is not null && !InsideRow && _spooledBytes + _length <= MaxSpooledRow)
            {
                _spooled ??= spool.Open();
                await _spooled.WriteAsync(_data.AsMemory(0, _length), cancellation);
                _spooledBytes += _length;
                _length = 0;
                return;
            }
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            Fault = $"a long row could not wait in a file: {unusable.Message}";
        }
        // no more can wait: it goes out in pieces
        _border = _length;
        InsideRow = true;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _data.Length)
            Resize(Math.Max(ChunkBytes * 2, _length + bytes.Length));
        bytes.CopyTo(_data.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Resize(int size)
    {
        var other = size == 0 ? [] : ArrayPool<byte>.Shared.Rent(size);
        _data.AsSpan(0, Math.Min(_length, other.Length)).CopyTo(other);
        if (_data.Length > 0)
            ArrayPool<byte>.Shared.Return(_data);
        _data = other;
    }
}
