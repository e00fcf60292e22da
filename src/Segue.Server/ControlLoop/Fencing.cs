using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Store;

namespace Segue.Server.ControlLoop;

/// <summary>Runs the operator's fence command once for each coordinator, incarnation and epoch, and keeps in the store that it did (R8.2).</summary>
internal sealed class Fencing(ClusterLoop loop, ClusterServices services)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly ILogger _logger = services.Loggers.CreateLogger<Fencing>();
    private readonly string _cluster = loop.State.Config.Name;
    private readonly List<Task> _running = [];
    private CancellationToken _stop;

    public void Begin(Deposition deposition)
    {
        _running.RemoveAll(static task => task.IsCompleted);
        _running.Add(RunAsync(deposition));
    }

    /// <summary>Commands of an earlier process: those that were begun and not seen to end, and those that were a proof. Tries until the store answers.</summary>
    /// <param name="stop">Of this one: a command that runs then goes on, and is found unfinished at the next start.</param>
    public async Task<(ImmutableArray<(string Coordinator, Incarnation Incarnation)> Unfinished, ImmutableArray<(string Coordinator, Incarnation Incarnation)> Gone)> StartAsync(CancellationToken stop)
    {
        _stop = stop;
        var config = loop.State.Config;
        var unfinished = ImmutableArray.CreateBuilder<(string, Incarnation)>();
        var gone = ImmutableArray.CreateBuilder<(string, Incarnation)>();
        if (config.Fence.Command.IsEmpty)
            return ([], []);
        foreach (var coordinator in config.Coordinators)
        {
            var read = await services.Store.ReadAsync(Key(coordinator.Name), stop);
            for (; !read.Succeeded; read = await services.Store.ReadAsync(Key(coordinator.Name), stop))
                await Task.Delay(RetryAfter, services.Time, stop);
            if (Parsed(read.Value) is { End: not FenceEnd.Failed } record)
                (record.End == FenceEnd.Succeeded ? gone : unfinished).Add((coordinator.Name, new Incarnation(record.Incarnation)));
        }
        return (unfinished.ToImmutable(), gone.ToImmutable());
    }

    /// <summary>One that answers and has not told its incarnation may be another: of what a Segue before knew, nobody here has seen the end.</summary>
    private static bool IsStillItself(Deposition deposition, HealthState? there) =>
        there is not null && deposition.MayBe(there.Generation, there.Incarnation) && there is not { Liveness: Liveness.Answering, Incarnation: null };

    public Task StopAsync() => Task.WhenAll(_running);

    private string Key(string coordinator) => $"fence/{_cluster}/{coordinator}";

    private static FenceRecord? Parsed(VersionedValue? stored) =>
        stored is null ? null : JsonSerializer.Deserialize(stored.Value.Span, FenceJson.Default.FenceRecord);

    private async Task RunAsync(Deposition deposition)
    {
        var incarnation = deposition.Incarnation!.Value;
        var who = $"{deposition.Coordinator} ({incarnation})";
        try
        {
            var (end, why) = await OnceAsync(deposition, incarnation);
            // the proof first: nobody must see the mark gone and no proof yet
            if (end == FenceEnd.Succeeded)
                loop.Post(new LoopInput.Seen(deposition.Coordinator, new Observation.FenceSucceeded(incarnation), null, null));
            loop.Post(new LoopInput.Told(new ConductorInput.FenceEnded(deposition.Coordinator, incarnation, end, $"the fence command for {who} {why}")));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _logger.FenceLeft(_cluster, who);
        }
    }

    private async Task<(FenceEnd End, string Why)> OnceAsync(Deposition deposition, Incarnation incarnation)
    {
        var key = Key(deposition.Coordinator);
        var read = await services.Store.ReadAsync(key, _stop);
        if (!read.Succeeded)
            return (FenceEnd.Failed, $"was not run: the store could not be read ({read.Detail})");
        if (Parsed(read.Value) is { } known && known.Incarnation == incarnation.Value && known.Epoch == deposition.Epoch)
            return (FenceEnd.Unknown, $"was begun before for epoch {deposition.Epoch} and is not run twice");
        var record = new FenceRecord(incarnation.Value, deposition.Epoch, null);
        var written = await WriteAsync(key, record, read.Value?.Version ?? 0);
        if (!written.Succeeded)
            return (FenceEnd.Failed, $"was not run: the store did not confirm that it begins ({written.Detail ?? written.Error.ToString()})");
        // looked at again, behind the write: whoever stands there now must not be hit
        var state = loop.State;
        var (end, why) = state.Assignment?.Epoch != deposition.Epoch
            ? (FenceEnd.Failed, $"was not run: epoch {deposition.Epoch} is over")
            : !IsStillItself(deposition, state.Health.GetValueOrDefault(deposition.Coordinator))
                ? (FenceEnd.Failed, "was not run: another process may answer there already")
                : await new FenceCommand(state.Config, _logger, services.Time).RunAsync(deposition, incarnation, _stop);
        var kept = await WriteAsync(key, record with { End = end }, written.Value);
        if (!kept.Succeeded)
            _logger.FenceNotKept(_cluster, deposition.Coordinator, kept.Detail ?? kept.Error.ToString());
        return (end, why);
    }

    private ValueTask<StoreResult<long>> WriteAsync(string key, FenceRecord record, long expected) =>
        services.Store.WriteAsync(key, JsonSerializer.SerializeToUtf8Bytes(record, FenceJson.Default.FenceRecord), expected, _stop);
}

/// <param name="End">Null from before it was run until it was seen to end.</param>
internal sealed record FenceRecord(string Incarnation, long Epoch, FenceEnd? End);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(FenceRecord))]
internal sealed partial class FenceJson : JsonSerializerContext;
