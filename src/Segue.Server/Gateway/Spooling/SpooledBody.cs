using System.Buffers.Binary;
using Segue.Server.Gateway.Resuming;

namespace Segue.Server.Gateway.Spooling;

/// <summary>Reads the pieces of one page that is kept here. Throws <see cref="IOException"/> where they are not there.</summary>
/// <param name="at">Where the next piece begins.</param>
internal sealed class SpooledBody(SpillBuffer bytes, long at) : Stream
{
    private readonly byte[] _length = new byte[sizeof(int)];
    private long _at = at;
    private int _left;
    private bool _ended;

    /// <summary>Told where the next page begins.</summary>
    public Action<long> OnEnd { get; set; } = static _ => { };

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public async ValueTask<byte[]> ReadPieceAsync()
    {
        var piece = new byte[await LengthAsync()];
        await FillAsync(piece);
        return piece;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended)
            return 0;
        if (_left == 0)
            _left = await LengthAsync();
        if (_left == 0)
        {
            _ended = true;
            OnEnd(_at);
            return 0;
        }
        var part = buffer[..Math.Min(buffer.Length, _left)];
        await FillAsync(part);
        _left -= part.Length;
        return part.Length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    private async ValueTask<int> LengthAsync()
    {
        await FillAsync(_length);
        return BinaryPrimitives.ReadInt32LittleEndian(_length);
    }

    private async ValueTask FillAsync(Memory<byte> into)
    {
        if (await bytes.ReadAsync(_at, into) < into.Length)
            throw new IOException("a page that was kept back is not there any more");
        _at += into.Length;
    }
}
