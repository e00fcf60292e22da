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

    /// <summary>What has that version.</summary>
    private T? _known;

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
        (_version, _known) = (read.Value?.Version ?? 0, read.Value is { } value ? JsonSerializer.Deserialize(value.Value.Span, type) : null);
        return (_known, null);
    }

    /// <summary>Why it was not written, or null.</summary>
    /// <param name="objection">Why what is stored must stay; null where it may be replaced. It may have been read since this was decided.</param>
    public async Task<string?> TryWriteAsync(T value, Func<T, string?> objection, CancellationToken cancellation)
    {
        if (_version is null && (await TryReadAsync(cancellation)).Problem is { } problem)
            return problem;
        if (_known is not null && objection(_known) is { } refused)
            return refused;
        var written = await store.WriteAsync(key, JsonSerializer.SerializeToUtf8Bytes(value, type), _version!.Value, cancellation);
        _version = written.Succeeded ? written.Value : null;
        _known = written.Succeeded ? value : null;
        return written.Succeeded ? null : written.Detail ?? written.Error.ToString();
    }
}
