namespace Segue.Demo;

/// <summary>Several clients that each run one short query after another until they are told to end.</summary>
internal sealed class DemoLoad : IAsyncDisposable
{
    public const int Clients = 6;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _enough = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly Tally _tally;
    private readonly Task _running;

    public DemoLoad(Uri segue, string engine, Tally tally)
    {
        _tally = tally;
        _running = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => RunAsync(segue, engine, client)));
    }

    /// <summary>Lets the queries that run come to their end; one that does not counts as failed.</summary>
    public async Task EndAsync()
    {
        _enough.Cancel();
        try
        {
            await _running.WaitAsync(EndPatience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            _tally.Add(EndPatience, new(false, $"a query did not end within {HumanDuration.Of(EndPatience)}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _enough.Cancel();
        _abandon.Cancel();
        await _running;
        _enough.Dispose();
        _abandon.Dispose();
    }

    private async Task RunAsync(Uri segue, string engine, int number)
    {
        using var client = new DemoClient(segue, engine, $"demo-{number}");
        var time = TimeProvider.System;
        try
        {
            for (var turn = number; !_enough.IsCancellationRequested; turn++)
            {
                var began = time.GetTimestamp();
                var failure = await client.RunAsync(DemoQuery.All[turn % DemoQuery.All.Length], _abandon.Token);
                _tally.Add(time.GetElapsedTime(began), failure);
                await Task.Delay(Pause, time, _enough.Token);
            }
        }
        catch (OperationCanceledException) when (_enough.IsCancellationRequested)
        {
            // enough
        }
    }
}
