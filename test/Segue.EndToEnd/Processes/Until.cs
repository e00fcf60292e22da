namespace Segue.EndToEnd.Processes;

/// <summary>Waits for a condition of another process, which nothing can signal.</summary>
internal static class Until
{
    public static Task TrueAsync(Func<bool> condition, TimeSpan patience, Func<string> what) =>
        TrueAsync(() => Task.FromResult(condition()), patience, what);

    /// <exception cref="TimeoutException">Names what did not come true.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan patience, Func<string> what)
    {
        var time = TimeProvider.System;
        for (var began = time.GetTimestamp(); !await condition();)
        {
            if (time.GetElapsedTime(began) > patience)
                throw new TimeoutException($"not within {patience.TotalSeconds:0} s: {what()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), time);
        }
    }
}
