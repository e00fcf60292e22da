using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Members;
using Segue.Server.Store;

namespace Segue.Server.ControlLoop;

/// <summary>Runs the operator's fence command once for each coordinator, incarnation and epoch, and keeps in the store that it did (R8.2).</summary>
internal sealed class Fencing(ClusterLoop loop, ClusterServices services)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly ILogger _logger = services.Loggers.CreateLogger<Fencing>();
    private readonly string _cluster = loop.State.Config.Name;
    private readonly List<Task> _running = [];
    private readonly Questions _reads = new();
    private readonly ConcurrentDictionary<Incarnation, bool> _proven = new();
    private CancellationToken _stop;

    public void Begin(Deposition deposition)
    {
        _running.RemoveAll(static task => task.IsCompleted);
        _running.Add(RunAsync(deposition));
    }

    /// <summary>Commands of an earlier process, or of other members. Tries until the store answers.</summary>
    /// <param name="stop">Of this one: a command that runs then goes on, and is found unfinished at the next start.</param>
    public async Task StartAsync(CancellationToken stop)
    {
        _stop = stop;
        Tell(await FindAsync(stop), 0);
    }

    /// <summary>Asks the store anew, and tells the control loop.</summary>
    public void Read(long question) => _reads.Ask(question);

    /// <summary>Among several members: what became of the others' commands, as they write it down.</summary>
    public Task RunAsync(CancellationToken stop) => services.Membership is { Records: var records }
        ? Task.WhenAll(records.WatchAsync(Prefix, () => Read(0), stop), ReadAsync(stop))
        : Task.CompletedTask;

    /// <summary>One that answers and has not told its incarnation may be another: of what a Segue before knew, nobody here has seen the end.</summary>
    private static bool IsStillItself(Deposition deposition, HealthState? there) =>
        there is not null && deposition.MayBe(there.Generation, there.Incarnation) && there is not { Liveness: Liveness.Answering, Incarnation: null };

    public Task StopAsync() => Task.WhenAll(_running);

    private async Task ReadAsync(CancellationToken stop)
    {
        while (true)
        {
            var question = await _reads.NextAsync(stop);
            Tell(await FindAsync(stop), question);
        }
    }

    private async Task<List<(string Coordinator, FenceRecord Record)>> FindAsync(CancellationToken stop)
    {
        if (loop.State.Config.Fence.Command.IsEmpty)
            return [];
        var listed = await services.Store.ListAsync(Prefix, stop);
        for (; !listed.Succeeded; listed = await services.Store.ListAsync(Prefix, stop))
            await Task.Delay(RetryAfter, services.Time, stop);
        // also of those that are not configured now, and may be again
        return [.. listed.Value.Select(stored => (stored.Key[Prefix.Length..], Parsed(stored)!))];
    }

    /// <summary>The proofs first: nobody must see a mark gone and no proof yet.</summary>
    private void Tell(List<(string Coordinator, FenceRecord Record)> found, long question)
    {
        foreach (var (coordinator, record) in found.Where(static one => one.Record.End == FenceEnd.Succeeded))
            Prove(coordinator, new Incarnation(record.Incarnation));
        loop.Post(new LoopInput.Told(new ConductorInput.FencesRead(
            [
                .. found.Where(static one => one.Record.End != FenceEnd.Succeeded)
                    // of one member alone nobody is left to see the end
                    .Select(one => new BegunFence(one.Coordinator, new Incarnation(one.Record.Incarnation), one.Record.End ?? (services.Membership is null ? FenceEnd.Unknown : null))),
            ],
            question)));
    }

    private void Prove(string coordinator, Incarnation incarnation)
    {
        if (_proven.TryAdd(incarnation, true))
            loop.Post(new LoopInput.Seen(coordinator, new Observation.FenceSucceeded(incarnation), null, null));
    }

    private string Prefix => $"fence/{_cluster}/";

    private string Key(string coordinator) => Prefix + coordinator;

    private static FenceRecord? Parsed(VersionedValue? stored) =>
        stored is null ? null : JsonSerializer.Deserialize(stored.Value.Span, FenceJson.Default.FenceRecord);

    private async Task RunAsync(Deposition deposition)
    {
        var incarnation = deposition.Incarnation!.Value;
        var who = $"{deposition.Coordinator} ({incarnation})";
        try
        {
            var (end, why, begun) = await OnceAsync(deposition, incarnation);
            if (end == FenceEnd.Succeeded)
                Prove(deposition.Coordinator, incarnation);
            loop.Post(new LoopInput.Told(new ConductorInput.FenceEnded(deposition.Coordinator, incarnation, end, $"the fence command for {who} {why}")));
            if (begun is { } version)
                await KeepAsync(Key(deposition.Coordinator), new FenceRecord(incarnation.Value, deposition.Epoch, end), version);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _logger.FenceLeft(_cluster, who);
        }
    }

    /// <returns>And the version of the record that says that it was begun, or that it would replace; null where there is none of this one.</returns>
    private async Task<(FenceEnd End, string Why, long? Begun)> OnceAsync(Deposition deposition, Incarnation incarnation)
    {
        var key = Key(deposition.Coordinator);
        var read = await services.Store.ReadAsync(key, _stop);
        if (!read.Succeeded)
            return (FenceEnd.Failed, $"was not run: the store could not be read ({read.Detail})", null);
        if (Parsed(read.Value) is { } known && known.Incarnation == incarnation.Value && known.Epoch == deposition.Epoch)
            return (known.End ?? FenceEnd.Unknown, $"was begun before for epoch {deposition.Epoch} and is not run twice", null);
        var before = read.Value?.Version ?? 0;
        var written = await WriteAsync(key, new FenceRecord(incarnation.Value, deposition.Epoch, null), before);
        if (!written.Succeeded)
            return (FenceEnd.Failed, $"was not run: the store did not confirm that it begins ({written.Detail ?? written.Error.ToString()})", before);
        // looked at again, behind the write: whoever stands there now must not be hit
        var leads = services.Membership is not { Records: var records } || await records.HoldsLeaseAsync(_stop);
        var state = loop.State;
        if (ReasonNotToRun(leads && loop.Leads, state, deposition) is { } reason)
            return (FenceEnd.Failed, $"was not run: {reason}", written.Value);
        var (end, why) = await new FenceCommand(state.Config, _logger, services.Time).RunAsync(deposition, incarnation, _stop);
        return (end, why, written.Value);
    }

    private static string? ReasonNotToRun(bool leads, ConductorState state, Deposition deposition)
    {
        if (!leads)
            return "this member does not take the decisions any more";
        if (state.Assignment is not { } now || now.Epoch < deposition.Epoch || now.Active == deposition.Coordinator)
            return $"epoch {deposition.Epoch} is over";
        return IsStillItself(deposition, state.Health.GetValueOrDefault(deposition.Coordinator)) ? null : "another process may answer there already";
    }

    /// <summary>Until the store has it: the other members wait for it, and the next process does.</summary>
    private async Task KeepAsync(string key, FenceRecord ended, long version)
    {
        for (var (kept, said) = (await WriteAsync(key, ended, version), false); !kept.Succeeded; kept = await WriteAsync(key, ended, version))
        {
            if (!said)
                _logger.FenceNotKept(_cluster, key[Prefix.Length..], kept.Detail ?? kept.Error.ToString());
            said = true;
            await Task.Delay(RetryAfter, services.Time, _stop);
            var read = await services.Store.ReadAsync(key, _stop);
            // a write whose answer was lost, or another command since
            if (read.Succeeded && Parsed(read.Value) is var there && (there is null || there with { End = null } != ended with { End = null } || there.End is not null))
                return;
            version = read is { Succeeded: true, Value.Version: var now } ? now : version;
        }
    }

    private ValueTask<StoreResult<long>> WriteAsync(string key, FenceRecord record, long expected) =>
        services.Store.WriteAsync(key, JsonSerializer.SerializeToUtf8Bytes(record, FenceJson.Default.FenceRecord), expected, _stop);
}

/// <param name="End">Null from before it was run until it was seen to end.</param>
internal sealed record FenceRecord(string Incarnation, long Epoch, FenceEnd? End);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(FenceRecord))]
internal sealed partial class FenceJson : JsonSerializerContext;
