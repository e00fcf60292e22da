using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Segue.Core.Model;

namespace Segue.Server.Store;

/// <summary>
/// The history in the store, under <c>history/&lt;ticks&gt;-&lt;member&gt;-&lt;number&gt;</c>: members write without asking one another, and the order of keys is
/// that of events. The last 10,000, all of them in memory too, those of the other members among them.
/// </summary>
public sealed class History : IHistory, IAsyncDisposable
{
    private const string Prefix = "history/";
    private const int Kept = 10_000;
    private const int MaxWaiting = 4096;
    private const int MaxBatch = 64;

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HistoryPicture _picture = new(Kept);
    private readonly Channel<Entry> _waiting = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly IStore _store;
    private readonly HistoryAuthor _author;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Task _writer = Task.CompletedTask;
    private Task _follower = Task.CompletedTask;
    private long _last;
    private long _number;
    private int _dropped;

    private History(IStore store, HistoryAuthor author, TimeProvider time, ILogger logger)
    {
        _store = store;
        _author = author;
        _time = time;
        _logger = logger;
    }

    /// <param name="others">Where other members write into it too; else null.</param>
    /// <exception cref="StoreStartException">The store does not answer.</exception>
    public static async ValueTask<History> OpenAsync(
        IStore store, ISessionStore? others, HistoryAuthor author, TimeProvider time, ILogger logger, CancellationToken cancellation)
    {
        var history = new History(store, author, time, logger);
        if (await history.ListAsync(cancellation) is { } problem)
            throw new StoreStartException($"The history cannot be read: {problem}");
        history._writer = history.WriteAsync();
        if (others is not null)
            history._follower = history.FollowAsync(others, history._stop.Token);
        return history;
    }

    public void Append(ClusterEvent happened)
    {
        var signed = _author.Sign(happened);
        Entry entry;
        lock (_gate)
        {
            // a clock that is set back does not change the order of what this member says
            _last = Math.Max(_last, signed.At.UtcTicks);
            entry = new Entry(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{_last:D19}-{_author.Member}-{++_number:D10}"), signed);
        }
        _picture.Keep(entry.Key, signed);
        if (!_waiting.Writer.TryWrite(entry))
            Interlocked.Increment(ref _dropped);
    }

    public IReadOnlyList<ClusterEvent> Recent(int count) => _picture.Recent(count);

    /// <summary>Writes what is still waiting, where the store answers.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _closing.TrySetResult();
        await _writer;
        _stop.Cancel();
        await _follower;
        _stop.Dispose();
    }

    /// <returns>Why it cannot be read, or null.</returns>
    private async Task<string?> ListAsync(CancellationToken cancellation)
    {
        var stored = await _store.ListAsync(Prefix, cancellation);
        if (!stored.Succeeded)
            return stored.Detail ?? "the store gave no reason.";
        _picture.AreStored(stored.Value);
        foreach (var entry in stored.Value)
            Load(entry.Key, entry.Value);
        return null;
    }

    private void Load(string key, ReadOnlyMemory<byte> value)
    {
        try
        {
            if (JsonSerializer.Deserialize(value.Span, StoreJson.Default.ClusterEvent) is { } happened)
                _picture.Keep(key, happened);
        }
        catch (JsonException)
        {
            _logger.HistoryEventUnreadable(key);
        }
    }

    private async Task FollowAsync(ISessionStore store, CancellationToken stop)
    {
        try
        {
            await foreach (var change in store.WatchAsync(Prefix, stop))
            {
                if (change.IsGap)
                {
                    while (await ListAsync(stop) is not null)
                        await Task.Delay(AskAgain, _time, stop);
                }
                else if (change.Value is { } value)
                {
                    _picture.IsStored(change.Key!, change.Version);
                    Load(change.Key!, value);
                }
                else
                    _picture.IsRemoved(change.Key!);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the ordinary end
        }
    }

    private async Task WriteAsync()
    {
        var batch = new List<Entry>();
        while (batch.Count > 0 || await _waiting.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && _waiting.Reader.TryRead(out var entry))
                batch.Add(entry);
            var problem = await WriteAsync(batch);
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                _logger.HistoryNotWritten(dropped, "they came faster than the store takes them.");
            if (problem is null)
                await TrimAsync();
            else if (_closing.Task.IsCompleted)
            {
                _logger.HistoryNotWritten(batch.Count + _waiting.Reader.Count, problem);
                return;
            }
            else
                await Task.WhenAny(Task.Delay(AskAgain, _time), _closing.Task);
        }
    }

    /// <summary>Asked together, so that a store that commits together can. Those stay in the list of which nothing is known: they are written again.</summary>
    private async Task<string?> WriteAsync(List<Entry> batch)
    {
        var results = await Task.WhenAll(batch.Select(async entry => (entry, Result: await _store.WriteAsync(
            entry.Key, JsonSerializer.SerializeToUtf8Bytes(entry.Event, StoreJson.Default.ClusterEvent), 0, CancellationToken.None))));
        batch.Clear();
        string? problem = null;
        foreach (var (entry, result) in results)
        {
            // a conflict is this member's own write, whose outcome it had not seen
            if (result.Succeeded)
                _picture.IsStored(entry.Key, result.Value);
            else if (result.Error == StoreError.Unavailable)
            {
                batch.Add(entry);
                problem = result.Detail ?? "the store gave no reason.";
            }
        }
        return problem;
    }

    /// <summary>Whoever writes removes; where two do, one of them finds nothing. One that stays is found at the next start.</summary>
    private async Task TrimAsync() =>
        await Task.WhenAll(_picture.TakeSurplus().Select(surplus => _store.DeleteAsync(surplus.Key, surplus.Value, CancellationToken.None).AsTask()));

    private sealed record Entry(string Key, ClusterEvent Event);
}
