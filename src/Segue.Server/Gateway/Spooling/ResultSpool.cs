using System.Buffers.Binary;
using System.Text;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Resuming;

namespace Segue.Server.Gateway.Spooling;

/// <summary>Why a result goes out before it is whole.</summary>
internal enum SpoolBound
{
    None,

    /// <summary>It is longer than one may be.</summary>
    PerQuery,

    /// <summary>There is no room for more: of all results, on the disk, in memory.</summary>
    Room,
}

/// <summary>
/// A read's result while its coordinator still gives it: its pages as they came, with their headers, one behind another, in memory to a bound,
/// then in a file. Once it is whole its client takes it from here, at its own speed, and the coordinator is not asked any more.
/// </summary>
/// <remarks>Each page is a row of pieces, with the length before each and a length of zero behind the last; the first piece has path and headers.</remarks>
internal sealed class ResultSpool(MemoryBudget memory, RowSpool files, RecoveryConfig config) : IDisposable
{
    /// <summary>Less would be many small writes.</summary>
    private const int LeastInMemory = 64 << 10;

    /// <summary>Of what goes on to the disk: one write.</summary>
    private const int MostBesideDisk = 256 << 10;

    private SpillBuffer _bytes = new(memory, files, Math.Max(LeastInMemory, config.HoldbackBytes));
    private readonly byte[] _length = new byte[sizeof(int)];
    private long _end;
    private long _next;
    private Instant? _whole;

    /// <summary>Why nothing more is put here; null while it takes pages.</summary>
    public string? Closed { get; private set; }

    public SpoolBound Bound { get; private set; }

    /// <summary>It holds all of its run.</summary>
    public bool IsWhole => _whole is not null;

    /// <summary>Why it cannot be read; null while it can.</summary>
    public string? Unreadable { get; set; }

    /// <summary>When its coordinator last heard that somebody is there; counts once it is <see cref="Closed"/>.</summary>
    public Instant InTouch { get; set; }

    /// <summary>What the last page said of its run, for who waits.</summary>
    public byte[]? Stats { get; set; }

    /// <summary>Pages are left that the client does not have.</summary>
    public bool Waits => _next < _end;

    /// <summary>Where the next of them begins.</summary>
    public long Next => _next;

    public long Bytes => _end;

    /// <summary>Of its whole pages; encoded ones have none.</summary>
    public long Rows { get; private set; }

    public long OnDisk { get; private set; }

    /// <summary>It was whole for longer than it may be.</summary>
    public bool IsOld(Instant now) => _whole is { } since && now - since > config.Spool.MaxAge;

    /// <summary>What came of the page before without its end is forgotten.</summary>
    public ValueTask BeginPageAsync(string path, HttpResponseMessage response)
    {
        _bytes.CutTo(_end);
        var head = new StringBuilder(path).Append('\n');
        foreach (var headers in (ReadOnlySpan<System.Net.Http.Headers.HttpHeadersNonValidated>)[response.Headers.NonValidated, response.Content.Headers.NonValidated])
        {
            foreach (var (name, values) in headers)
            {
                foreach (var value in values)
                    head.Append(name).Append(':').Append(value).Append('\n');
            }
        }
        return AppendAsync(Encoding.UTF8.GetBytes(head.ToString()));
    }

    /// <summary>Takes a piece of a page's text, or none of it and of what follows: see <see cref="Closed"/>.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> piece)
    {
        if (Closed is not null || piece.IsEmpty)
            return;
        BinaryPrimitives.WriteInt32LittleEndian(_length, piece.Length);
        await PutAsync(_length);
        await PutAsync(piece);
    }

    /// <summary>The page is whole, and its successor is asked for next.</summary>
    /// <returns>False where it could not be kept.</returns>
    public async ValueTask<bool> EndPageAsync(long rows)
    {
        _length.AsSpan().Clear();
        await PutAsync(_length);
        if (Closed is not null)
            return false;
        _end = _bytes.Length;
        Rows += rows;
        return true;
    }

    /// <summary>Its run has given all. What is long is on disk alone from here on, whoever takes it however slowly.</summary>
    public async ValueTask CompleteAsync(Instant now)
    {
        _whole = now;
        if (OnDisk == 0)
            return;
        try
        {
            if (TakeRoom() is null)
                await _bytes.FlushAsync(MostBesideDisk);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            // its end stays in memory
        }
    }

    /// <summary>A page to be sent from here; throws <see cref="IOException"/>.</summary>
    /// <param name="at">The place of one that was sent before, or of <see cref="Next"/>.</param>
    public async ValueTask<UpstreamPage> OpenAsync(long at, RowTap tap, SegmentRewriter? segments)
    {
        _next = at;
        var body = new SpooledBody(_bytes, at);
        var head = Encoding.UTF8.GetString(await body.ReadPieceAsync()).Split('\n');
        body.OnEnd = end => _next = end;
        var response = new HttpResponseMessage { Content = new StreamContent(body) };
        foreach (var line in head.AsSpan(1..^1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (!response.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..]))
                response.Content.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..]);
        }
        return new UpstreamPage(response, head[0], tap, segments: segments) { IsKeptHere = true };
    }

    /// <summary>No page but this one may still be asked for: the room of the others is free, where it can be moved.</summary>
    /// <returns>Its place from now on.</returns>
    public async ValueTask<long> KeepOnlyAsync(long at)
    {
        var rest = new SpillBuffer(memory, files, MostBesideDisk);
        try
        {
            var chunk = new byte[MostBesideDisk];
            for (int read; (read = await _bytes.ReadAsync(at + rest.Length, chunk)) > 0;)
                await rest.AppendAsync(chunk.AsMemory(0, read));
            await rest.FlushAsync(MostBesideDisk);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            // it stays where it is, with the others
            rest.Dispose();
            return at;
        }
        _bytes.Dispose();
        _bytes = rest;
        files.Results.GiveBack(OnDisk - rest.Length);
        (OnDisk, _end, _next) = (rest.Length, rest.Length, rest.Length);
        return 0;
    }

    public void Dispose()
    {
        _bytes.Dispose();
        files.Results.GiveBack(OnDisk);
        (OnDisk, _end, _next) = (0, 0, 0);
        Closed ??= "the query does not need it any more";
    }

    private async ValueTask PutAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (Closed is null && _bytes.Length + bytes.Length > config.Spool.MaxPerQuery)
                Close(SpoolBound.PerQuery, $"it is longer than recovery.spool.max_per_query allows ({ConfigUnits.ShowSize(config.Spool.MaxPerQuery)})");
            while (Closed is null)
            {
                bytes = bytes[_bytes.Take(bytes.Span)..];
                if (bytes.IsEmpty)
                    return;
                if (TakeRoom() is { } full)
                    Close(SpoolBound.Room, full);
                else
                    await _bytes.FlushAsync(MostBesideDisk);
            }
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            Close(SpoolBound.Room, unusable.Message);
        }
    }

    private string? TakeRoom()
    {
        var more = _bytes.Length - OnDisk;
        if (more <= 0)
            return null;
        var problem = files.Results.TryTake(more, config.Spool.MaxBytes, config.Spool.KeepFree);
        if (problem is null)
            OnDisk += more;
        return problem;
    }

    private void Close(SpoolBound bound, string why)
    {
        (Bound, Closed) = (bound, why);
        _bytes.CutTo(_end);
    }
}
