using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Segue.Server.Store;

namespace Segue.Server.ControlLoop;

/// <summary>One key of the store, written by compare-and-set on the version that was read or written last (I4). One operation after the other.</summary>
internal sealed class StoredValue<T>(string key, IStore store, JsonTypeInfo<T> type, TimeProvider time)
    where T : class
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>Null behind an unknown outcome.</summary>
    private long? _version;

    /// <summary>Tries until the store answers.</summary>
    public async Task<T?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var (stored, problem) = await TryReadAsync(cancellation);
            if (problem is null)
                return stored;
            await Task.Delay(RetryAfter, time, cancellation);
        }
    }

    public async Task<(T? Stored, string? Problem)> TryReadAsync(CancellationToken cancellation)
    {
        var read = await store.ReadAsync(key, cancellation);
        if (!read.Succeeded)
            return (null, read.Detail ?? read.Error.ToString());
        _version = read.Value?.Version ?? 0;
        return (read.Value is { } value ? JsonSerializer.Deserialize(value.Value.Span, type) : null, null);
    }

    /// <summary>Why it was not written, or null.</summary>
    /// <param name="objection">Asked behind an unknown outcome: why what is stored then must stay; null where it may be replaced.</param>
    public async Task<string?> TryWriteAsync(T value, Func<T, string?> objection, CancellationToken cancellation)
    {
        if (_version is null)
        {
            var (stored, problem) = await TryReadAsync(cancellation);
            if ((problem ?? (stored is null ? null : objection(stored))) is { } refused)
                return refused;
        }
        var written = await store.WriteAsync(key, JsonSerializer.SerializeToUtf8Bytes(value, type), _version!.Value, cancellation);
        _version = written.Succeeded ? written.Value : null;
        return written.Succeeded ? null : written.Detail ?? written.Error.ToString();
    }
}
