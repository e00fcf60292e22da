using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Segue.Server.Store;

namespace Segue.Server.Tests.Discovery;

/// <summary>A store that outlives the server under test.</summary>
internal sealed class KeptInMemory : IStore
{
    private readonly ConcurrentDictionary<string, VersionedValue> _values;
    private long _version;

    public KeptInMemory() => _values = new(StringComparer.Ordinal);

    /// <summary>The same values for another member, which may be cut off from them alone.</summary>
    public KeptInMemory(KeptInMemory shared) => (_values, _version) = (shared._values, long.MaxValue / 2);

    public int Count => _values.Count;

    /// <summary>It takes no write.</summary>
    public bool IsDown { get; set; }

    /// <summary>The next write to a key that begins so is carried out, and said to have failed.</summary>
    public string? LosesAnswerOf { get; set; }

    /// <summary>Until it is completed nothing is answered.</summary>
    public Task Silence { get; set; } = Task.CompletedTask;

    /// <summary>What is kept behind the key, as text; null where nothing is.</summary>
    public string? this[string key] => _values.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value.Value.Span) : null;

    public int CountOf(string prefix) => _values.Keys.Count(key => key.StartsWith(prefix, StringComparison.Ordinal));

    public async ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation)
    {
        await Silence.WaitAsync(cancellation);
        return new(_values.GetValueOrDefault(key), StoreError.None, null);
    }

    public async ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation)
    {
        await Silence.WaitAsync(cancellation);
        return new([.. _values.Values.Where(v => v.Key.StartsWith(prefix, StringComparison.Ordinal))], StoreError.None, null);
    }

    public async ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation)
    {
        await Silence.WaitAsync(cancellation);
        if (IsDown)
            return new(0, StoreError.Unavailable, "the disk is full");
        if ((_values.GetValueOrDefault(key)?.Version ?? 0) != expected)
            return new(0, StoreError.Conflict, null);
        var version = Interlocked.Increment(ref _version);
        _values[key] = new VersionedValue(key, value, version);
        if (LosesAnswerOf is { } lost && key.StartsWith(lost, StringComparison.Ordinal))
        {
            LosesAnswerOf = null;
            return new(0, StoreError.Unavailable, "it did not answer");
        }
        return new(version, StoreError.None, null);
    }

    public async ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation)
    {
        await Silence.WaitAsync(cancellation);
        if (IsDown)
            return new(false, StoreError.Unavailable, "the disk is full");
        return _values.TryGetValue(key, out var value) && value.Version == expected && _values.TryRemove(key, out _)
            ? new(true, StoreError.None, null)
            : new(false, StoreError.Conflict, null);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
