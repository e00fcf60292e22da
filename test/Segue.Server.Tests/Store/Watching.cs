using System.Text;
using Segue.Server.Store;

namespace Segue.Server.Tests.Store;

/// <summary>A watch that a test follows, with a bound on each wait.</summary>
internal sealed class Watching(ISessionStore store, string prefix, CancellationToken cancellation = default) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    private IAsyncEnumerator<StoreChange>? _changes;
    private Task<bool> _moving = Task.FromResult(true);

    public Task<bool> MoveNextAsync()
    {
        _changes ??= store.WatchAsync(prefix, _stop.Token).GetAsyncEnumerator(_stop.Token);
        return _moving = _changes.MoveNextAsync().AsTask();
    }

    public async Task<StoreChange> NextAsync()
    {
        (await MoveNextAsync().WaitAsync(Patience, TimeProvider.System)).ShouldBeTrue();
        return _changes!.Current;
    }

    /// <summary>From now on every change is told.</summary>
    public async Task BeganAsync() => (await NextAsync()).IsGap.ShouldBeTrue();

    public async Task SawAsync((string Key, string Value, long Version) change)
    {
        var next = await NextAsync();
        (next.Key, next.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null, next.Version).ShouldBe(change);
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        try
        {
            await _moving;
        }
        catch (Exception ended) when (ended is OperationCanceledException or TimeoutException)
        {
            // told to
        }
        if (_changes is not null)
            await _changes.DisposeAsync();
        _stop.Dispose();
    }
}
