namespace Segue.Server.Upstream;

/// <summary>The connection of a request that must not be sent twice: once a byte of it went out there is no other.</summary>
public sealed class OnlyConnection
{
    private volatile bool _armed;
    private volatile bool _sent;

    /// <summary>True once any of the request may have gone out.</summary>
    public bool Sent => _sent;

    /// <summary>What is written from here on is the request.</summary>
    internal void Arm() => _armed = true;

    internal async ValueTask<Stream> MakeAsync(CoordinatorClient client, CancellationToken cancellation) => _sent
        ? throw new IOException("The connection ended before an answer, and the request is not sent a second time.")
        : new WatchedStream(await client.ConnectAsync(cancellation), this);

    private sealed class WatchedStream(Stream inner, OnlyConnection connection) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // before it is handed on: what fails may have gone out
            if (connection._armed)
                connection._sent = true;
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
