using System.Text.Json;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Server.Telemetry;
using Segue.Server.Upstream;

namespace Segue.Server.Probing;

/// <summary>Tiny statements that prove that a coordinator can run queries, count its workers, and keep its JVM warm.</summary>
/// <param name="wanted">Whether it is to be run now: the coordinator is ready, and expected to have workers.</param>
/// <param name="announced">How many workers have announced themselves: one that sees fewer is asked again soon.</param>
internal sealed class Canary(
    StatementRunner runner, string cluster, CoordinatorClient client, CanaryConfig config, Func<bool> wanted, Func<int> announced, TimeProvider time, SegueMetrics metrics, Action<Observation> seen)
{
    private const string Source = "segue-canary/";

    private const string CountWorkers = "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active' AND NOT coordinator";

    private static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(2);

    private readonly Alarm _ready = new(time);
    private int? _workers;
    private int _announced;

    /// <summary>Names the deployment: canaries of another one on the same coordinators give that one away (R1.7).</summary>
    public static string SourceOf(string deployment) => Source + deployment;

    /// <summary>A process became ready: warm it up.</summary>
    public void WarmUp() => _ready.Ring();

    public async Task RunAsync(CancellationToken stop)
    {
        var wait = config.Interval;
        var repeats = 0;
        while (true)
        {
            var rounds = await RungAsync(wait, stop) ? config.Warmups : 1;
            var again = false;
            _announced = announced();
            if (wanted())
            {
                again = !await RoundsAsync(rounds, stop) || _workers < announced();
                await LookForOthersAsync(stop);
            }
            repeats = again ? Math.Min(repeats + 1, 16) : 0;
            // a failed one is repeated soon (R2.3), then ever later
            wait = again ? Min(RepeatAfter * (1 << (repeats - 1)), config.Interval) : config.Interval;
        }
    }

    /// <summary>Waits for a coordinator that became ready, and no longer than until workers are there that were not when it was last asked.</summary>
    private async Task<bool> RungAsync(TimeSpan wait, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        do
        {
            if (await _ready.WaitAsync(Min(wait, RepeatAfter), stop))
                return true;
        }
        while (time.GetElapsedTime(began) < wait && announced() <= _announced);
        return false;
    }

    private async Task<bool> RoundsAsync(int rounds, CancellationToken stop)
    {
        var succeeded = true;
        for (var round = 0; round < rounds && succeeded; round++)
            succeeded = await RoundAsync(stop);
        return succeeded;
    }

    private async Task<bool> RoundAsync(CancellationToken stop)
    {
        var started = time.GetTimestamp();
        string? error = null;
        Incarnation? incarnation = null;
        foreach (var statement in config.Statements)
        {
            var outcome = await runner.RunAsync(statement, config.Timeout, stop);
            incarnation = outcome.Incarnation ?? incarnation;
            error ??= outcome.Error is { } problem ? $"{statement}: {problem}" : null;
        }
        var took = time.GetElapsedTime(started);
        var count = await runner.RunAsync(CountWorkers, config.Timeout, stop);
        var workers = count.Cell is { ValueKind: JsonValueKind.Number } cell && cell.TryGetInt32(out var number) ? number : (int?)null;
        _workers = workers;
        metrics.CanaryTook(cluster, client.Name, error is null, took);
        var canary = new CanaryOutcome(time.GetUtcNow(), error is null, took, error ?? $"the canary took {took.TotalSeconds:0.0#} s");
        seen(new Observation.CanaryEnded(canary, workers, incarnation ?? count.Incarnation));
        return error is null;
    }

    private async Task LookForOthersAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(config.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            var others =
                from query in await QueryList.OfAsync(client, runner, both.Token)
                let source = query.Session?.Source ?? ""
                where source.StartsWith(Source, StringComparison.Ordinal) && source != runner.Source
                select new OtherCanary(query.QueryId ?? "", source[Source.Length..]);
            seen(new Observation.CanariesListed([.. others]));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
            || (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // a list that cannot be read tells nothing of anybody; it is read again after the next canary
        }
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
