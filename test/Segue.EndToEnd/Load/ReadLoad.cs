using System.Collections.Concurrent;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Load;

/// <summary>Clients that read until they are stopped, and what each of them saw.</summary>
internal sealed class ReadLoad : IAsyncDisposable
{
    private readonly ConcurrentQueue<Seen> _seen = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(string Name, Task Running)> _clients = [];
    private readonly long _began = TimeProvider.System.GetTimestamp();

    public TimeSpan Now => TimeProvider.System.GetElapsedTime(_began);

    public IReadOnlyCollection<Seen> All => _seen;

    public IEnumerable<Seen> Problems => _seen.Where(static one => one.Problem is not null);

    public void Add(string name, IReadClient client) => _clients.Add((name, client.RunAsync((began, ended, problem) =>
        _seen.Enqueue(new Seen(name, began, ended, problem)), () => Now, _stop.Token)));

    /// <summary>Waits until every client has finished this many statements that it began after <paramref name="since"/>.</summary>
    public Task FurtherAsync(TimeSpan since, int statements, TimeSpan patience) => Until.TrueAsync(async () =>
    {
        foreach (var (_, running) in _clients.Where(static client => client.Running.IsCompleted))
            await running;
        return Behind(since, statements).Count == 0;
    }, patience, () => $"{statements} more statement(s) of {string.Join(", ", Behind(since, statements))}");

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await Task.WhenAll(_clients.Select(static client => client.Running));
        _stop.Dispose();
    }

    private List<string> Behind(TimeSpan since, int statements)
    {
        var done = _seen.Where(one => one.Began >= since).GroupBy(static one => one.Client).ToDictionary(static group => group.Key, static group => group.Count());
        return [.. _clients.Select(static client => client.Name).Where(name => done.GetValueOrDefault(name) < statements)];
    }
}

/// <summary>A client that runs one statement after the other.</summary>
internal interface IReadClient
{
    /// <summary>Runs until <paramref name="stop"/>; ends without an exception then, and throws where it cannot go on.</summary>
    /// <param name="seen">Told when a statement began and ended by <paramref name="now"/>, and what was wrong with it.</param>
    Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop);
}
