using System.Collections.Immutable;

namespace Segue.Server.Store;

/// <summary>Versioned keys with compare-and-set. Errors are values: callers decide what an unreachable store means.</summary>
public interface IStore : IAsyncDisposable
{
    /// <summary>The key's value, or null inside a success where there is none.</summary>
    ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation);

    /// <summary>Every key that starts with <paramref name="prefix"/>, in ordinal order.</summary>
    ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation);

    /// <summary>Writes only where the key's version is <paramref name="expected"/>; 0 means that it must not exist.</summary>
    /// <returns>The new version, <see cref="StoreError.Conflict"/>, or <see cref="StoreError.Unavailable"/> (the outcome is then unknown).</returns>
    ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation);

    /// <summary>Removes only where the key's version is <paramref name="expected"/>.</summary>
    ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation);
}

public sealed record VersionedValue(string Key, ReadOnlyMemory<byte> Value, long Version);

public enum StoreError
{
    None,

    /// <summary>The key has another version than the one decided from.</summary>
    Conflict,

    /// <summary>No answer; a write may or may not have happened.</summary>
    Unavailable,
}

/// <param name="Value">Meaningful only where <paramref name="Error"/> is <see cref="StoreError.None"/>.</param>
/// <param name="Detail">What went wrong, one sentence, for people.</param>
public readonly record struct StoreResult<T>(T Value, StoreError Error, string? Detail)
{
    public bool Succeeded => Error == StoreError.None;
}
