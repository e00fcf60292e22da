using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Segue.Core.Model;

namespace Segue.Server.Store;

/// <summary>The history in the store, under <c>history/&lt;seq&gt;</c>; the last 10,000 events, all of them in memory too.</summary>
public sealed class History : IHistory, IAsyncDisposable
{
    private const string Prefix = "history/";
    private const int Kept = 10_000;
    private const int MaxWaiting = 4096;
    private const int MaxBatch = 64;

    private readonly Lock _gate = new();
    private readonly Queue<ClusterEvent> _events = new();
    private readonly Queue<(string Key, long Version)> _stored = new();
    private readonly Channel<ClusterEvent> _waiting =
        Channel.CreateBounded<ClusterEvent>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    private readonly IStore _store;
    private readonly ILogger _logger;
    private Task _writer = Task.CompletedTask;
    private long _next = 1;
    private int _dropped;

    private History(IStore store, ILogger logger)
    {
        _store = store;
        _logger = logger;
    }

    /// <exception cref="StoreStartException">The store does not answer.</exception>
    public static async ValueTask<History> OpenAsync(IStore store, ILogger logger, CancellationToken cancellation)
    {
        var stored = await store.ListAsync(Prefix, cancellation);
        if (!stored.Succeeded)
            throw new StoreStartException($"The history cannot be read: {stored.Detail}");
        var history = new History(store, logger);
        foreach (var entry in stored.Value)
            history.Load(entry);
        history._writer = history.WriteAsync();
        return history;
    }

    public void Append(ClusterEvent happened)
    {
        lock (_gate)
            Keep_NeedsLock(happened);
        if (!_waiting.Writer.TryWrite(happened))
            Interlocked.Increment(ref _dropped);
    }

    public IReadOnlyList<ClusterEvent> Recent(int count)
    {
        lock (_gate)
            return [.. _events.Skip(_events.Count - count)];
    }

    /// <summary>Writes what is still waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writer;
    }

    private void Load(VersionedValue entry)
    {
        _stored.Enqueue((entry.Key, entry.Version));
        _next = long.Parse(entry.Key.AsSpan(Prefix.Length), CultureInfo.InvariantCulture) + 1;
        try
        {
            if (JsonSerializer.Deserialize(entry.Value.Span, StoreJson.Default.ClusterEvent) is { } happened)
                Keep_NeedsLock(happened);
        }
        catch (JsonException)
        {
            _logger.HistoryEventUnreadable(entry.Key);
        }
    }

    private void Keep_NeedsLock(ClusterEvent happened)
    {
        _events.Enqueue(happened);
        if (_events.Count > Kept)
            _events.Dequeue();
    }

    private async Task WriteAsync()
    {
        var batch = new List<(string Key, Task<StoreResult<long>> Written)>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            // asked together, so that a store that commits together can
            while (batch.Count < MaxBatch && _waiting.Reader.TryRead(out var happened))
            {
                // 16 digits: the order of keys is the order of events
                var key = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{_next++:D16}");
                batch.Add((key, _store.WriteAsync(
                    key, JsonSerializer.SerializeToUtf8Bytes(happened, StoreJson.Default.ClusterEvent), 0, CancellationToken.None).AsTask()));
            }
            var lost = Interlocked.Exchange(ref _dropped, 0);
            var why = "they came faster than the store takes them.";
            foreach (var (key, written) in batch)
            {
                var result = await written;
                if (result.Succeeded)
                    _stored.Enqueue((key, result.Value));
                else
                    (lost, why) = (lost + 1, result.Detail ?? "the store gave no reason.");
            }
            batch.Clear();
            if (lost > 0)
                _logger.HistoryNotWritten(lost, why);
            await TrimAsync();
        }
    }

    private async Task TrimAsync()
    {
        var removals = new List<Task<StoreResult<bool>>>();
        while (_stored.Count > Kept)
        {
            var (key, version) = _stored.Dequeue();
            removals.Add(_store.DeleteAsync(key, version, CancellationToken.None).AsTask());
        }
        // one that stays is found and counted at the next start
        await Task.WhenAll(removals);
    }
}
