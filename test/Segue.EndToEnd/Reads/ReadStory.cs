using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Reads;

/// <summary>One death of a coordinator, and the statements that ran when it came.</summary>
/// <param name="Took">With the wait before it, and until both coordinators were ready again.</param>
internal sealed record ReadDeath(string Coordinator, TimeSpan Took, IReadOnlyList<ReadSeen> Met);

/// <summary>Clients, fast and slow, that read statements of many shapes from a real cluster while its coordinators are killed.</summary>
internal sealed class ReadStory : IAsyncDisposable
{
    /// <summary>A statement that takes longer hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Between two statements of a client, at most: the engine is busy and not starved.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(6);

    private static readonly (string Name, double BytesPerSecond, ReadSize[] Sizes)[] Clients =
    [
        ("fast", 0, [ReadSize.Small, ReadSize.Large]),
        ("slow 1", 1e6, [ReadSize.Large]),
        ("slow 2", 2e6, [ReadSize.Large]),
        ("slow 3", 4e6, [ReadSize.Large, ReadSize.Small]),
        ("long", 10e6, [ReadSize.Huge]),
        ("gigabyte", 25e6, [ReadSize.Giga]),
    ];

    private readonly RealCluster _cluster;
    private readonly IReadOnlyList<ReadShape> _shapes;
    private readonly Dictionary<ReadShape, IExpectation> _expected = [];
    private readonly Dictionary<ReadSize, Queue<ReadShape>> _decks = [];
    private readonly ConcurrentQueue<ReadSeen> _seen = new();
    private readonly ConcurrentDictionary<Task<ReadSeen>, bool> _running = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Random _random;
    private List<Task> _clients = [];
    private volatile Task _ready = Task.CompletedTask;

    private ReadStory(RealCluster cluster, IReadOnlyList<ReadShape> shapes, int seed)
    {
        (_cluster, _shapes) = (cluster, shapes);
        _random = new Random(seed);
    }

    public IReadOnlyCollection<ReadSeen> Seen => _seen;

    /// <summary>Learns each shape's result on one coordinator, and that the other one gives the same; then the clients begin.</summary>
    /// <param name="seed">Of the statements' order and the moments of death.</param>
    public static async Task<ReadStory> StartAsync(RealCluster cluster, IReadOnlyList<ReadShape> shapes, int seed, Action<string> tell)
    {
        var story = new ReadStory(cluster, shapes, seed);
        using var first = new StatementClient(cluster.Coordinators[0].Uri, cluster.Dialect);
        using var second = new StatementClient(cluster.Coordinators[1].Uri, cluster.Dialect);
        foreach (var shape in shapes)
        {
            var time = TimeProvider.System;
            var (began, lesson) = (time.GetTimestamp(), shape.Lesson());
            await QuietAsync(first, shape, shape.QuietSql ?? shape.Sql, lesson.Add);
            story._expected[shape] = lesson.Learned();
            var (learned, judge) = (time.GetTimestamp(), story._expected[shape].Begin());
            var bytes = await QuietAsync(second, shape, shape.Sql, judge.Add);
            if (judge.Verdict() is { } differs)
                throw new InvalidOperationException($"{shape.Name} is no such shape, two undisturbed runs differ: {differs}");
            tell($"{shape.Name,-22} {bytes / 1e6,7:0.0} MB {time.GetElapsedTime(began, learned).TotalSeconds,6:0.0} s {time.GetElapsedTime(learned).TotalSeconds,6:0.0} s");
        }
        story._clients = [.. Clients.Where(client => shapes.Any(shape => client.Sizes.Contains(shape.Size))).Select(client => story.ReadAsync(client.Name, client.BytesPerSecond, client.Sizes))];
        return story;
    }

    /// <summary>
    /// The active coordinator is killed at a random moment, but not while a statement runs that met the death before: two would make it a suspect. When
    /// this returns, whatever was running has ended, and both coordinators are ready.
    /// </summary>
    /// <param name="within">It dies so long after it might, at most.</param>
    public async Task<ReadDeath> KillAsync(TimeSpan within)
    {
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        var victim = await _cluster.ActiveAsync();
        await Task.Delay(within * Draw(), time);
        await victim.KillAsync();
        var met = _running.Keys.ToList();
        // no more work for two cores that start a coordinator and run again what met the death
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ready = ready.Task;
        await _cluster.RestartAsync(victim);
        var ended = await Task.WhenAll(met);
        ready.SetResult();
        foreach (var client in _clients.Where(static client => client.IsCompleted))
            await client;
        return new ReadDeath(victim.Name, time.GetElapsedTime(began), ended);
    }

    /// <summary>Lets every client end its statement.</summary>
    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    private async Task ReadAsync(string name, double bytesPerSecond, ReadSize[] sizes)
    {
        using var client = new StatementClient(_cluster.Front.Listen, _cluster.Dialect, bytesPerSecond > 0 ? new Pace(bytesPerSecond) : null);
        while (!_stop.IsCancellationRequested)
        {
            await _ready;
            var running = RunAsync(name, client, Deal(sizes));
            _running.TryAdd(running, true);
            _seen.Enqueue(await running);
            _running.TryRemove(running, out _);
            await Task.Delay(Rest * Draw(), TimeProvider.System, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Every shape comes as often as the others of its size.</summary>
    private ReadShape Deal(ReadSize[] sizes)
    {
        lock (_random)
        {
            var choice = sizes.Where(size => _shapes.Any(shape => shape.Size == size)).ToList();
            var size = choice[_random.Next(choice.Count)];
            if (!_decks.TryGetValue(size, out var deck) || deck.Count == 0)
                _decks[size] = deck = new(_shapes.Where(shape => shape.Size == size).OrderBy(_ => _random.Next()));
            return deck.Dequeue();
        }
    }

    private double Draw()
    {
        lock (_random)
            return _random.NextDouble();
    }

    private async Task<ReadSeen> RunAsync(string name, StatementClient client, ReadShape shape)
    {
        var time = TimeProvider.System;
        var (began, judge, rows, id) = (time.GetTimestamp(), _expected[shape].Begin(), 0L, "");
        try
        {
            var (wrong, error) = await ToItsEndAsync().WaitAsync(Patience, time);
            return new ReadSeen(name, shape, time.GetElapsedTime(began), rows, wrong, error, await _cluster.Front.FindQueryAsync(id));
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or JsonException or TimeoutException)
        {
            return new ReadSeen(name, shape, time.GetElapsedTime(began), rows, $"query {id}: {broken.Message}", null, null);
        }

        async Task<(string? Wrong, string? Error)> ToItsEndAsync()
        {
            for (var reply = await client.PostAsync(shape.Sql, shape.Session); ; reply = await client.GetAsync(reply.NextUri!))
            {
                if (reply.Status != HttpStatusCode.OK)
                    return ($"status {(int)reply.Status}", null);
                id = reply.Json.GetProperty("id").GetString()!;
                rows += Feed(reply, judge.Add);
                if (reply.HasError)
                    return (null, $"{reply.Error.GetProperty("errorName").GetString()}: {reply.Error.GetProperty("message").GetString()}");
                if (reply.NextUri is null)
                    return (judge.Verdict(), null);
            }
        }
    }

    /// <returns>The bytes of its pages.</returns>
    private static async Task<long> QuietAsync(StatementClient client, ReadShape shape, string sql, Action<JsonElement> add)
    {
        var bytes = 0L;
        for (var reply = await client.PostAsync(sql, shape.Session); ; reply = await client.GetAsync(reply.NextUri))
        {
            if (reply.HasError)
                throw new InvalidOperationException($"{shape.Name}: {reply.Error}");
            bytes += reply.Body.Length;
            Feed(reply, add);
            if (reply.NextUri is null)
                return bytes;
        }
    }

    private static long Feed(Reply reply, Action<JsonElement> add)
    {
        if (!reply.Json.TryGetProperty("data", out var data))
            return 0;
        foreach (var row in data.EnumerateArray())
            add(row);
        return data.GetArrayLength();
    }
}
