namespace Segue.Server.Store;

/// <summary>
/// What members of one deployment need of a store beside keys. The store's clock alone decides when a session is over; one that is over never
/// comes back. Who must be seen to live binds a key to its session: listing those keys' prefix lists the sessions.
/// </summary>
public interface ISessionStore : IStore
{
    /// <summary>Begins a session that is over <paramref name="ttl"/> after it was renewed last. The store may round it up: see the result.</summary>
    ValueTask<StoreResult<StoreSession>> OpenSessionAsync(TimeSpan ttl, CancellationToken cancellation);

    /// <summary>The caller counts its time from when it asked (R1.4).</summary>
    /// <returns><see cref="StoreError.Conflict"/> where the session is over.</returns>
    ValueTask<StoreResult<bool>> RenewAsync(StoreSession session, CancellationToken cancellation);

    /// <summary>Ends it now, and its keys with it; of one that is over already it is a success, too.</summary>
    ValueTask<StoreResult<bool>> EndAsync(StoreSession session, CancellationToken cancellation);

    /// <summary>
    /// As <see cref="IStore.WriteAsync"/>, and the key is removed when the session is over; a later write of the key without a session makes it stay.
    /// </summary>
    /// <returns><see cref="StoreError.Conflict"/> also where the session is over.</returns>
    ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, StoreSession session, CancellationToken cancellation);

    /// <summary>
    /// What happens to keys of the prefix, in the order of versions; values that were replaced meanwhile may be left out. It begins with a gap, goes on
    /// through every trouble of the store, and ends only with <paramref name="cancellation"/> (which throws) or with the store itself.
    /// </summary>
    IAsyncEnumerable<StoreChange> WatchAsync(string prefix, CancellationToken cancellation);
}

/// <param name="Ttl">As the store grants it.</param>
public sealed record StoreSession(long Id, TimeSpan Ttl);

/// <summary>A change of one key, or a gap.</summary>
/// <param name="Key">Null for a gap: what happened before it may not be told, so list again. What is told afterwards may be in that list already: compare versions.</param>
/// <param name="Value">Null where the key was removed, or for a gap.</param>
/// <param name="Version">Of the change.</param>
public readonly record struct StoreChange(string? Key, ReadOnlyMemory<byte>? Value, long Version)
{
    public static StoreChange Gap => default;

    /// <summary>Apart from the constructor, where a null may silently become an empty value.</summary>
    public static StoreChange Removed(string key, long version) => new(key, default(ReadOnlyMemory<byte>?), version);

    public bool IsGap => Key is null;
}
