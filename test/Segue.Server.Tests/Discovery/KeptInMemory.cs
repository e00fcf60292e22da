using System.Collections.Concurrent;
using System.Collections.Immutable;
using Segue.Server.Store;

namespace Segue.Server.Tests.Discovery;

/// <summary>A store that outlives the server under test.</summary>
internal sealed class KeptInMemory : IStore
{
    private readonly ConcurrentDictionary<string, VersionedValue> _values = new(StringComparer.Ordinal);
    private long _version;

    public int Count => _values.Count;

    /// <summary>It takes no write.</summary>
    public bool IsDown { get; set; }

    public ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation) =>
        ValueTask.FromResult(new StoreResult<VersionedValue?>(_values.GetValueOrDefault(key), StoreError.None, null));

    public ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation) =>
        ValueTask.FromResult(new StoreResult<ImmutableArray<VersionedValue>>(
            [.. _values.Values.Where(v => v.Key.StartsWith(prefix, StringComparison.Ordinal))], StoreError.None, null));

    public ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation)
    {
        if (IsDown)
            return ValueTask.FromResult(new StoreResult<long>(0, StoreError.Unavailable, "the disk is full"));
        if ((_values.GetValueOrDefault(key)?.Version ?? 0) != expected)
            return ValueTask.FromResult(new StoreResult<long>(0, StoreError.Conflict, null));
        _values[key] = new VersionedValue(key, value, ++_version);
        return ValueTask.FromResult(new StoreResult<long>(_version, StoreError.None, null));
    }

    public ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation) =>
        ValueTask.FromResult(new StoreResult<bool>(_values.TryRemove(key, out _), StoreError.None, null));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
