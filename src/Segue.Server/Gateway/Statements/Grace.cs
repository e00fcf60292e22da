namespace Segue.Server.Gateway.Statements;

/// <summary>A token that is cancelled a while after another one: what is under way may still come to its end.</summary>
internal sealed class Grace : IDisposable
{
    // not disposed: its timer may fire at that very moment, and without a wait handle it holds nothing
    private readonly CancellationTokenSource _end = new();
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _registration;

    public Grace(TimeSpan span, TimeProvider time, CancellationToken before)
    {
        _timer = time.CreateTimer(static end => ((CancellationTokenSource)end!).Cancel(), _end, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = before.UnsafeRegister(_ => _timer.Change(span, Timeout.InfiniteTimeSpan), null);
    }

    public CancellationToken Token => _end.Token;

    public void Dispose()
    {
        _registration.Dispose();
        _timer.Dispose();
    }
}
