using Segue.Server.Gateway.Pages;

namespace Segue.Server.Gateway.Resuming;

/// <summary>
/// Bytes in a row: the last ones in memory, which is counted, the ones before in a file that has no name. Throws <see cref="IOException"/>
/// and <see cref="UnauthorizedAccessException"/> where there is no room.
/// </summary>
/// <param name="most">Bytes that it may hold in memory.</param>
/// <param name="room">Of the file; null where its owner counts it.</param>
internal sealed class SpillBuffer(MemoryBudget memory, RowSpool spool, int most, ResumeRoom? room = null) : IDisposable
{
    private const int Least = 1 << 10;

    private int _most = most;
    private byte[] _tail = [];
    private int _length;
    private FileStream? _file;
    private long _filed;

    public long Length => _filed + _length;

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            bytes = bytes[Take(bytes.Span)..];
            if (bytes.IsEmpty)
                return;
            await SpillAsync();
        }
    }

    /// <summary>Takes what fits into memory; <see cref="SpillAsync"/> makes room for more.</summary>
    /// <returns>Bytes taken.</returns>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        while (_tail.Length - _length < bytes.Length && TryGrow())
        {
        }
        if (_tail.Length == 0 && bytes.Length > 0)
            throw new IOException("hold.max_bytes is used up");
        var taken = Math.Min(bytes.Length, _tail.Length - _length);
        bytes[..taken].CopyTo(_tail.AsSpan(_length));
        _length += taken;
        return taken;
    }

    public async ValueTask SpillAsync()
    {
        room?.GrowTo(Length);
        _file ??= spool.Open();
        await RandomAccess.WriteAsync(_file.SafeFileHandle, _tail.AsMemory(0, _length), _filed);
        _filed += _length;
        _length = 0;
    }

    /// <summary>Spills all, and takes no memory until more comes; then no more than this.</summary>
    public async ValueTask FlushAsync(int atMost)
    {
        await SpillAsync();
        memory.GiveBack(_tail.Length);
        _tail = [];
        _most = Math.Min(_most, atMost);
    }

    /// <summary>Forgets what is behind so many bytes.</summary>
    public void CutTo(long length)
    {
        _length = (int)Math.Max(0, length - _filed);
        _filed = Math.Min(_filed, length);
    }

    /// <returns>Bytes read; less than asked for only at the end.</returns>
    public async ValueTask<int> ReadAsync(long from, Memory<byte> into)
    {
        var read = 0;
        while (read < into.Length && from + read < _filed)
        {
            var part = into[read..(int)Math.Min(into.Length, _filed - from)];
            var got = await RandomAccess.ReadAsync(_file!.SafeFileHandle, part, from + read);
            if (got == 0)
                throw new IOException("a file of rows is shorter than what was written to it");
            read += got;
        }
        var rest = _tail.AsMemory(0, _length)[(int)Math.Clamp(from + read - _filed, 0, _length)..];
        var last = rest[..Math.Min(rest.Length, into.Length - read)];
        last.CopyTo(into[read..]);
        return read + last.Length;
    }

    public void Dispose()
    {
        memory.GiveBack(_tail.Length);
        (_tail, _length, _filed) = ([], 0, 0);
        _file?.Dispose();
        _file = null;
        room?.Dispose();
    }

    private bool TryGrow()
    {
        var size = Math.Clamp(_tail.Length * 2, Math.Min(Least, _most), _most);
        if (size == _tail.Length || !memory.TryTake(size - _tail.Length))
            return false;
        Array.Resize(ref _tail, size);
        return true;
    }
}
