namespace Segue.Server.Probing;

/// <summary>Waits for an interval that can be cut short; a call while nobody waits is not lost.</summary>
internal sealed class Alarm(TimeProvider time)
{
    private volatile TaskCompletionSource _rung = New();

    public void Ring() => _rung.TrySetResult();

    /// <returns>True where it was rung.</returns>
    public async Task<bool> WaitAsync(TimeSpan interval, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rung = _rung.Task;
        await Task.WhenAny(rung, Task.Delay(interval, time, stop.Token));
        stop.Cancel();
        cancellation.ThrowIfCancellationRequested();
        if (!rung.IsCompleted)
            return false;
        _rung = New();
        return true;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
