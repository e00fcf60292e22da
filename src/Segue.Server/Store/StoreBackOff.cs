namespace Segue.Server.Store;

/// <summary>Longer and longer between tries to reach a store that is away.</summary>
internal sealed class StoreBackOff(TimeProvider time)
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(2);

    private TimeSpan _next = Least;

    public void Reset() => _next = Least;

    public Task WaitAsync(CancellationToken cancellation)
    {
        var wait = _next;
        _next = _next + _next < Most ? _next + _next : Most;
        return Task.Delay(wait, time, cancellation);
    }
}
