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
    /// <summary>The end that a client made itself.</summary>
    public const string Canceled = "canceled";

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>Behind it a client is told the end though the store has not taken it; it is written on.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(1);

    /// <summary>No request that was sent before an end comes later.</summary>
    private static readonly TimeSpan EndTriedFor = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(5);

    /// <summary>No statement waits longer.</summary>
    private static readonly TimeSpan ClaimsStay = TimeSpan.FromHours(48);

    /// <summary>Whether the probe knows a catalog; a static one keeps its connector while its coordinators run.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    private long _swept;

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
    /// <param name="owner">This process.</param>
    /// <returns>Why it is not recorded, or null; and who else has it by now.</returns>
    public async Task<(string? Problem, string? By)> ClaimAsync(QueryHandle handle, Attempt attempt, string owner)
    {
        var story = handle.Write ??= new WriteStory();
        var claim = new WriteClaim(
            story.Undone.Length + 1, attempt.Place.Coordinator, attempt.Place.Incarnation?.Value, attempt.QueryId, attempt.NextPath!, time.GetUtcNow(), owner);
        // not broken off when the client goes away: the version it gets is needed
        var written = await store.WriteAsync(
            Key(handle), JsonSerializer.SerializeToUtf8Bytes(claim, ClaimJson.Default.WriteClaim), story.ClaimVersion, CancellationToken.None);
        if (written.Error == StoreError.Conflict && await store.ReadAsync(Key(handle), CancellationToken.None) is { Succeeded: true, Value: { } other }
            && Parsed(other) is { Owner: { Length: > 0 } by } && by != owner)
            return ("another member has taken it over", by);
        if (!written.Succeeded)
            return (written.Detail ?? written.Error.ToString(), null);
        story.ClaimVersion = written.Value;
        _ = SweepAsync();
        return (null, null);
    }

    /// <summary>
    /// Makes this member the one that may run a write of a member that is gone (R3.2): a claim of that one's, should it come back, is refused from here
    /// on, and of two that come for it one alone succeeds.
    /// </summary>
    /// <param name="owner">This process.</param>
    /// <param name="lives">Whether another member does; null where that is not known.</param>
    public async Task<TakenOver> TakeOverAsync(QueryHandle handle, string owner, Func<string, ValueTask<bool?>> lives)
    {
        for (var tries = 0; tries < 10; tries++)
        {
            var read = await store.ReadAsync(Key(handle), CancellationToken.None);
            if (!read.Succeeded)
                return new TakenOver(null, 0, null, read.Detail ?? read.Error.ToString());
            var claim = Parsed(read.Value) ?? NoRun;
            if (claim.End is not null)
                return new TakenOver(HasRun(claim), 0, null, null, claim.End);
            var by = claim.Owner.Length > 0 ? claim.Owner : handle.TakenFrom!;
            if (by != owner && await lives(by) is not false)
                return new TakenOver(null, 0, by, null);
            var written = await store.WriteAsync(
                Key(handle), JsonSerializer.SerializeToUtf8Bytes(claim with { Owner = owner }, ClaimJson.Default.WriteClaim), read.Value?.Version ?? 0, CancellationToken.None);
            if (written.Succeeded)
            {
                _ = SweepAsync();
                return new TakenOver(HasRun(claim), written.Value, null, null);
            }
            if (written.Error != StoreError.Conflict)
                return new TakenOver(null, 0, null, written.Detail ?? written.Error.ToString());
        }
        return new TakenOver(null, 0, null, "others write it all the time");
    }

    /// <summary>The claim of a query whose handle went with an earlier process, or null, and its version.</summary>
    public async Task<(WriteClaim? Claim, long Version, string? Problem)> ClaimOfAsync(QueryHandle handle)
    {
        var read = await store.ReadAsync(Key(handle), CancellationToken.None);
        return read.Succeeded ? (HasRun(Parsed(read.Value)), read.Value?.Version ?? 0, null) : (null, 0, read.Detail ?? read.Error.ToString());
    }

    /// <summary>
    /// Its client is about to be told the end, and a run of it may still begin: where this member dies too, another one that is asked late for a page finds
    /// the end here (R3.3). Such ends are rare, and wait for the store, but not for long (I8).
    /// </summary>
    /// <param name="owner">This process.</param>
    /// <param name="end">An error's name, or <see cref="Canceled"/>.</param>
    /// <param name="lives">Whether another member does; null where that is not known.</param>
    /// <returns>The member whose query it is by now, so that its end is that one's; else null.</returns>
    public async Task<string?> EndAsync(QueryHandle handle, string owner, string end, Func<string, ValueTask<bool?>> lives)
    {
        if (!MayStillBegin(handle))
            return null;
        var kept = KeepEndAsync(handle, owner, end, lives);
        return await Task.WhenAny(kept, Task.Delay(EndPatience, time)) == kept ? await kept : null;
    }

    /// <summary>By a late request: a run of which only the store may know, or one that is not known to have begun, or the one behind a run whose coordinator was lost.</summary>
    private bool MayStillBegin(QueryHandle handle) => handle is { MayHaveEffects: true, Owner: null } and (
            { Write: not null } or { Remembering: not null } or { Attempt: { MayHaveBegun: false } or { NextPollMayBeFirst: true } } or { Attempt: null, Submits: > 0 })
        || (handle is { MayHaveEffects: true, Owner: null, Attempt.Place: { } place } && place.FateIn(cluster.Current) != AttemptFate.Running);

    /// <summary>A claim outlives its query: who comes late with an old token must still find that there was a run.</summary>
    private async Task SweepAsync()
    {
        var last = Interlocked.Read(ref _swept);
        if ((last != 0 && time.GetElapsedTime(last) < SweepEvery) || Interlocked.CompareExchange(ref _swept, time.GetTimestamp(), last) != last)
            return;
        var all = await store.ListAsync(Prefix, CancellationToken.None);
        foreach (var old in all.Succeeded ? all.Value : [])
        {
            if (Parsed(old) is not { } claim || time.GetUtcNow() - claim.At > ClaimsStay)
                await store.DeleteAsync(old.Key, old.Version, CancellationToken.None);
        }
    }

    private async Task<string?> KeepEndAsync(QueryHandle handle, string owner, string end, Func<string, ValueTask<bool?>> lives)
    {
        // it may just be made this member's
        if (handle.Remembering is { } asked)
            await asked;
        var pause = AskAgainAfter;
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < EndTriedFor; await Task.Delay(pause, time), pause = Longer(pause))
        {
            var read = await store.ReadAsync(Key(handle), CancellationToken.None);
            if (!read.Succeeded)
                continue;
            var claim = Parsed(read.Value) ?? NoRun;
            if (claim.Owner.Length > 0 && claim.Owner != owner && await lives(claim.Owner) is not false)
                return claim.Owner;
            var ended = JsonSerializer.SerializeToUtf8Bytes(claim with { Owner = owner, End = end }, ClaimJson.Default.WriteClaim);
            var written = await store.WriteAsync(Key(handle), ended, read.Value?.Version ?? 0, CancellationToken.None);
            if (!written.Succeeded)
                continue;
            _ = SweepAsync();
            return null;
        }
        return null;
    }

    /// <summary>Many may wait for one store.</summary>
    private static TimeSpan Longer(TimeSpan pause) => pause < TimeSpan.FromSeconds(10) ? pause * 2 : pause;

    private static WriteClaim? HasRun(WriteClaim? claim) => claim is { QueryId.Length: > 0 } ? claim : null;

    private WriteClaim NoRun => new(0, "", null, "", "", time.GetUtcNow());

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
/// <param name="QueryId">Empty where the query was only taken over, and no other run of it was begun.</param>
/// <param name="Owner">The process that may begin the next one.</param>
/// <param name="End">What its client was about to be told: nothing of it begins. Null before.</param>
internal sealed record WriteClaim(
    int Attempt, string Coordinator, string? Incarnation, string QueryId, string UpstreamPath, DateTimeOffset At, string Owner = "", string? End = null);

/// <param name="Claim">The last run that was claimed, if any.</param>
/// <param name="By">The member that has it, and lives; then nothing was taken over.</param>
/// <param name="End">It has ended, so; then nothing was taken over.</param>
internal sealed record TakenOver(WriteClaim? Claim, long Version, string? By, string? Problem, string? End = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WriteClaim))]
internal sealed partial class ClaimJson : JsonSerializerContext;
