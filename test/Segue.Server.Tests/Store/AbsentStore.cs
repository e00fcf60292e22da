using System.Collections.Immutable;
using Segue.Server.Store;

namespace Segue.Server.Tests.Store;

/// <summary>A store that takes no writes while it is away.</summary>
internal sealed class AbsentStore(IStore store) : IStore
{
    private int _refused;

    public bool IsAway { get; set; }

    public int Refused => Volatile.Read(ref _refused);

    public ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation) => store.ReadAsync(key, cancellation);

    public ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation) => store.ListAsync(prefix, cancellation);

    public ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation)
    {
        if (!IsAway)
            return store.WriteAsync(key, value, expected, cancellation);
        Interlocked.Increment(ref _refused);
        return ValueTask.FromResult(new StoreResult<long>(0, StoreError.Unavailable, "It is away."));
    }

    public ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation) => store.DeleteAsync(key, expected, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
