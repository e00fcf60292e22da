using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;
using Segue.Server.Gateway.Queries;
using Segue.Server.Probing;
using Segue.Server.Store;

namespace Segue.Server.Recovery;

/// <summary>Learns what became of writes whose coordinator was lost (R6.3), and claims their next runs (R3.4).</summary>
internal sealed class WriteRecovery(ICluster cluster, Func<string, StatementRunner?> runners, IStore store, IOutcomeProbe probe, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>No statement waits longer.</summary>
    private static readonly TimeSpan ClaimsStay = TimeSpan.FromHours(48);

    /// <summary>Whether the probe knows a catalog; a static one keeps its connector while its coordinators run.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    private RecoveryConfig Config => cluster.Config.Recovery;

    /// <summary>Where its effect would show; null where no history tells it.</summary>
    public static WriteTarget? TargetOf(string sql, StatementClass kind, ClusterConfig config, string catalog, string schema) =>
        kind.Kind == StatementKind.Write && config is { Engine: EngineKind.Trino, Recovery.Writes: WritesMode.Proven }
            ? WriteTarget.Of(sql, config.Engine, config.Recovery.Effects, catalog, schema)
            : null;

    public LostWrite KnownOf(QueryHandle handle, RoutingSnapshot snapshot, Instant now)
    {
        if (Config.Writes == WritesMode.Never || handle is not { Attempt.Place: { Incarnation: { } incarnation } place, Submission: { } submission }
            || !snapshot.Coordinators.TryGetValue(place.Coordinator, out var route) || (submission.Target is null && !submission.IsKept))
            return LostWrite.Unknown;
        var (gone, by) = route.ProofOf(incarnation);
        var answers = handle.Write is { } story && by is { } since ? story.Since(since) : WriteStory.Answers.None;
        return new LostWrite
        {
            Gone = gone,
            SettledFor = (submission.Target is null ? by : answers.FirstAt) is { } settles ? now - settles : TimeSpan.Zero,
            Settle = Config.WritesSettle,
            Witness = WitnessOf(submission.Target),
            First = answers.First,
            Last = answers.Last,
        };
    }

    /// <summary>Asks for the outcome of all runs, off the poll: its client is answered meanwhile. One question at a time.</summary>
    public void Ask(QueryHandle handle)
    {
        var story = handle.Write ??= new WriteStory();
        if (!story.Asking.IsCompleted)
            return;
        if (handle.Submission?.Target is { } target && WitnessOf(target) == Witness.Unasked)
            story.Asking = LearnWitnessAsync(target.Catalog);
        else if (handle.Attempt?.Place is { Incarnation: { } incarnation } place
            && cluster.Current.Coordinators.TryGetValue(place.Coordinator, out var route) && route.ProofOf(incarnation).By is { } gone)
            story.Asking = LearnAsync(handle, story, gone);
    }

    /// <returns>Null where there was no answer.</returns>
    public async Task<WriteOutcome?> AskNowAsync(QueryHandle handle)
    {
        if (handle is not { Submission.Target: { } target, Attempt: { } attempt } || cluster.Current.OpenTo is not { } active || runners(active) is not { } runner)
            return null;
        ImmutableArray<string> attempts = [.. handle.Write?.Undone ?? [], attempt.QueryId];
        try
        {
            var outcome = await probe.AskAsync(runner, target, attempts, CancellationToken.None);
            if (outcome is not null)
            {
                var said = Said(outcome);
                RecoveryLog.OutcomeLearned(log, handle.Id, said, active);
            }
            return outcome;
        }
        // an answer of another shape than the question asks for
        catch (Exception odd) when (odd is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return new WriteOutcome.CannotTell($"its table gave an answer that Segue does not understand ({odd.Message})");
        }
    }

    /// <summary>
    /// Before the first poll of another run of a write, also where no run before it had begun: else a process that comes after this one would not know
    /// of it, and take the run before for the last.
    /// </summary>
    public static bool MustBeClaimed(QueryHandle handle) =>
        handle is { Submits: > 0, Submission.Class.Kind: StatementKind.Write or StatementKind.CreateIfNotExists };

    /// <summary>Records who runs it now; without that it must not begin.</summary>
    /// <returns>Why it is not recorded, or null.</returns>
    public async Task<string?> ClaimAsync(QueryHandle handle, Attempt attempt)
    {
        var story = handle.Write ??= new WriteStory();
        var claim = new WriteClaim(
            story.Undone.Length + 1, attempt.Place.Coordinator, attempt.Place.Incarnation?.Value, attempt.QueryId, attempt.NextPath!, time.GetUtcNow());
        // not broken off when the client goes away: the version it gets is needed
        var written = await store.WriteAsync(
            Key(handle), JsonSerializer.SerializeToUtf8Bytes(claim, ClaimJson.Default.WriteClaim), story.ClaimVersion, CancellationToken.None);
        if (!written.Succeeded)
            return written.Detail ?? written.Error.ToString();
        story.ClaimVersion = written.Value;
        _ = SweepAsync();
        return null;
    }

    /// <summary>The claim of a query whose handle went with an earlier process, or null, and its version.</summary>
    public async Task<(WriteClaim? Claim, long Version, string? Problem)> ClaimOfAsync(QueryHandle handle)
    {
        var read = await store.ReadAsync(Key(handle), CancellationToken.None);
        return read.Succeeded ? (Parsed(read.Value), read.Value?.Version ?? 0, null) : (null, 0, read.Detail ?? read.Error.ToString());
    }

    /// <summary>A claim outlives its query: who comes late with an old token must still find that there was a run.</summary>
    private async Task SweepAsync()
    {
        var all = await store.ListAsync(Prefix, CancellationToken.None);
        foreach (var old in all.Succeeded ? all.Value : [])
        {
            if (Parsed(old) is not { } claim || time.GetUtcNow() - claim.At > ClaimsStay)
                await store.DeleteAsync(old.Key, old.Version, CancellationToken.None);
        }
    }

    private static WriteClaim? Parsed(VersionedValue? stored) =>
        stored is null ? null : JsonSerializer.Deserialize(stored.Value.Span, ClaimJson.Default.WriteClaim);

    private string Prefix => $"claim/{cluster.Config.Name}/";

    private string Key(QueryHandle handle) => Prefix + handle.Id;

    private Witness WitnessOf(WriteTarget? target) => target is null
        ? Witness.None
        : _known.TryGetValue(target.Catalog, out var known) ? known ? Witness.History : Witness.None : Witness.Unasked;

    private async Task LearnWitnessAsync(string catalog)
    {
        var known = cluster.Current.OpenTo is { } active && runners(active) is { } runner ? await probe.KnowsAsync(runner, catalog, CancellationToken.None) : null;
        if (known is { } told)
            _known[catalog] = told;
        else
            await Task.Delay(AskAgainAfter, time);
    }

    private async Task LearnAsync(QueryHandle handle, WriteStory story, Instant gone)
    {
        var before = story.Since(gone);
        if (await AskNowAsync(handle) is { } outcome)
            story.Learned(before.First is null
                ? new WriteStory.Answers(gone, outcome, new Instant(time.GetElapsedTime(0, time.GetTimestamp())), null)
                : before with { Last = outcome });
        else
            await Task.Delay(AskAgainAfter, time);
    }

    private static string Said(WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Committed => "it took effect",
        WriteOutcome.NotCommitted => "no effect so far",
        WriteOutcome.CannotTell(var why) => $"it cannot be told, {why}",
        _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
    };
}

/// <summary>Who runs a write again, from before its first poll.</summary>
/// <param name="Attempt">Counts the runs that may have begun, this one included.</param>
internal sealed record WriteClaim(int Attempt, string Coordinator, string? Incarnation, string QueryId, string UpstreamPath, DateTimeOffset At);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WriteClaim))]
internal sealed partial class ClaimJson : JsonSerializerContext;
