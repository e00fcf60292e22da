namespace Segue.EndToEnd.Load;

/// <summary>How a client runs one statement after the other.</summary>
internal static class Turns
{
    /// <param name="one">Runs the n-th, from 0 on; what was wrong with it, or null.</param>
    /// <param name="pause">Between two.</param>
    public static async Task RunAsync(Func<int, Task<string?>> one, TimeSpan pause, Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop)
    {
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            var began = now();
            var problem = await one(turn);
            seen(began, now(), problem);
            await Task.Delay(pause, TimeProvider.System, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }
}
