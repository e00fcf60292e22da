using Microsoft.Extensions.Logging;
using Segue.Core.Failover;
using Segue.Core.Leadership;
using Segue.Core.Routing;

namespace Segue.Server.ControlLoop;

/// <summary>Ends what a deposed coordinator left behind, and only that (R8.1); stops when the coordinator is chosen again.</summary>
internal sealed class CleanUp(ClusterLoop loop, ClusterServices services)
{
    /// <summary>The engines' own time-out for queries that nobody polls: after it there is nothing left to end.</summary>
    private static readonly TimeSpan OwnEnd = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly ILogger _logger = services.Loggers.CreateLogger<CleanUp>();
    private readonly string _cluster = loop.State.Config.Name;
    private readonly Dictionary<string, CancellationTokenSource> _stops = [];
    private readonly List<Task> _running = [];

    public void Begin(Deposition deposition)
    {
        End(deposition.Coordinator);
        var stop = new CancellationTokenSource();
        _stops[deposition.Coordinator] = stop;
        _running.RemoveAll(static task => task.IsCompleted);
        _running.Add(RunAsync("workers", EndTasksAsync(deposition, stop.Token), stop));
        _running.Add(RunAsync(deposition.Coordinator, EndQueriesAsync(deposition, stop.Token), stop));
    }

    public void End(string coordinator)
    {
        if (_stops.Remove(coordinator, out var stop))
            stop.Cancel();
    }

    public async Task StopAsync()
    {
        foreach (var stop in _stops.Values)
            stop.Cancel();
        await Task.WhenAll(_running);
    }

    private async Task RunAsync(string where, Task work, CancellationTokenSource stop)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _logger.CleanUpStopped(_cluster, where);
        }
    }

    /// <summary>Tasks on workers, told from the others' by the incarnation in their ids.</summary>
    private async Task EndTasksAsync(Deposition deposition, CancellationToken stop)
    {
        if (deposition.Incarnation is not { } incarnation)
            return;
        var orphans = new OrphanTasks(loop, services);
        var ended = 0;
        var finished = await RepeatAsync(deposition, "workers", async () =>
        {
            var round = await orphans.AbortAsync(incarnation, EndWasSeen(deposition) ? new HashSet<string>() : Spared(deposition), stop);
            ended += round;
            return round == 0;
        }, stop);
        if (finished)
            _logger.TasksEnded(_cluster, ended, deposition.Coordinator, incarnation);
    }

    /// <summary>Queries on the coordinator itself, from when it answers again.</summary>
    private async Task EndQueriesAsync(Deposition deposition, CancellationToken stop)
    {
        while (true)
        {
            var snapshot = loop.Snapshots.Current;
            if (!snapshot.Coordinators.TryGetValue(deposition.Coordinator, out var route) || !deposition.MayBe(route.Generation, route.Incarnation))
                return;
            if (route.Liveness == Liveness.Answering)
                break;
            await loop.Snapshots.ChangedFromAsync(snapshot, stop);
        }
        var ended = 0;
        var finished = await RepeatAsync(deposition, deposition.Coordinator, async () =>
        {
            if (!loop.Watches.TryGetValue(deposition.Coordinator, out var watch))
                return true;
            var round = await new OldQueries(watch, services.Time).EndAsync(deposition, Spared(deposition), stop);
            ended += round;
            return round == 0;
        }, stop);
        if (finished)
            _logger.QueriesEnded(_cluster, ended, deposition.Coordinator, deposition.Epoch);
        loop.Post(new LoopInput.Told(new ConductorInput.CleanedUp(deposition.Coordinator, deposition.Generation)));
    }

    /// <summary>Until a round finds nothing, or the engine has ended everything by itself, which is false.</summary>
    private async Task<bool> RepeatAsync(Deposition deposition, string where, Func<Task<bool>> round, CancellationToken stop)
    {
        string? said = null;
        var pause = Pause;
        while (services.Time.GetUtcNow() - deposition.At < OwnEnd)
        {
            try
            {
                if (await round())
                    return true;
                pause = Pause;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or System.Text.Json.JsonException
                || (exception is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // said once
                var message = exception is OperationCanceledException ? "no answer in time" : exception.Message;
                if (message != said)
                    _logger.CleanUpFailed(_cluster, where, said = message);
                // who is short of memory or time is not helped by asking again and again
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            await Task.Delay(pause, services.Time, stop);
        }
        _logger.CleanUpGivenUp(_cluster, where, OwnEnd.TotalMinutes);
        return false;
    }

    /// <summary>A write's tasks serve its own end, which does not come any more (R8.1).</summary>
    private bool EndWasSeen(Deposition deposition) =>
        !loop.Snapshots.Current.Coordinators.TryGetValue(deposition.Coordinator, out var route)
        || !deposition.MayBe(route.Generation, route.Incarnation) || route.Liveness == Liveness.Dead;

    private IReadOnlySet<string> Spared(Deposition deposition) =>
        services.Census()?.Spared(deposition.Coordinator) ?? new HashSet<string>();
}
