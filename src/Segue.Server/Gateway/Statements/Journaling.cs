using Microsoft.Extensions.Primitives;
using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Journal;
using Segue.Core.Routing;
using Segue.Server.Gateway.Queries;
using Segue.Server.Recovery;

namespace Segue.Server.Gateway.Statements;

/// <summary>What the store knew of a query whose handle went with an earlier process.</summary>
/// <param name="Claim">Who runs it again, where that was claimed (R3.4).</param>
/// <param name="Problem">Why one of both is not known.</param>
/// <param name="By">Another member that has it by now.</param>
/// <param name="End">What its client was about to be told when its member ended.</param>
internal sealed record Remembered(JournalEntry? Entry, WriteClaim? Claim, long ClaimVersion, string? Problem, string? By = null, string? End = null);

/// <summary>Brings what a handle knows of its statement into the journal, and back after a restart of Segue.</summary>
internal static class Journaling
{
    /// <summary>A coordinator accepted it (R6.5). Asked inside the handle's turn, so that nothing is noted behind its end.</summary>
    public static void Note(GatewayServices gateway, QueryHandle handle)
    {
        // of a write without its text others must know where it runs (R8.1)
        var text = handle.Submission is { IsKept: true } kept ? kept : null;
        if (handle is not { Ended: false, Attempt: { NextPath: { } path } attempt } || (text is null && !handle.MayHaveEffects))
            return;
        var run = new JournaledRun(attempt.Place.Coordinator, attempt.Place.Incarnation?.Value, attempt.QueryId, path, handle.Submits);
        var (runs, lost, undone) = (handle.Runs + (attempt.MayHaveBegun ? 0 : 1), handle.CoordinatorsLost, handle.Write?.Undone ?? []);
        var created = gateway.Time.GetUtcNow() - (gateway.Now - handle.Created);
        gateway.Journal.Note(handle.Id, handle.TextBytes, () => new JournalEntry
        {
            Owner = gateway.Owner,
            Method = text?.Method.Method ?? "",
            Target = text?.PathAndQuery ?? "",
            Body = text?.Body ?? default,
            Headers = [.. text?.Headers.Where(static header => !IsCredentials(header.Key)).Select(static header => new JournaledHeader(header.Key, [.. header.Value.OfType<string>()])) ?? []],
            CredentialsHash = text?.CredentialsHash,
            Created = created,
            MayHaveEffects = handle.MayHaveEffects,
            Run = run,
            Undone = undone,
            Runs = runs,
            CoordinatorsLost = lost,
        });
    }

    public static async Task<Remembered> AskAsync(GatewayServices gateway, QueryHandle handle)
    {
        if (gateway.Others is { } others && handle.AdoptedWithEffects)
        {
            // what its owner had written before it went is read behind this
            var taken = await gateway.Writes.TakeOverAsync(handle, gateway.Owner, member => others.MayBeginAsync(member, CancellationToken.None));
            if (taken is { By: not null } or { Problem: not null } or { End: not null })
                return new Remembered(null, taken.Claim, 0, taken.Problem, taken.By, taken.End);
            var left = await gateway.Journal.FindAsync(handle.Id);
            return new Remembered(left.Entry, taken.Claim, taken.Version, left.Problem);
        }
        var found = await gateway.Journal.FindAsync(handle.Id);
        if (!handle.AdoptedWithEffects)
            return new Remembered(found.Entry, null, 0, found.Problem);
        var (claim, version, problem) = await gateway.Writes.ClaimOfAsync(handle);
        return new Remembered(found.Entry, claim, version, found.Problem ?? problem);
    }

    /// <summary>Takes over what was remembered, inside the handle's turn. From here on the statement may be begun again, as its kind allows.</summary>
    public static void Take(GatewayServices gateway, QueryHandle handle, Remembered remembered)
    {
        handle.Remembering = null;
        handle.Owner = remembered.By;
        if (remembered.End is { } end)
        {
            // the last run of all, which may go on
            if (remembered.Claim is { } last)
                handle.Attempt = AttemptOf(last.Coordinator, last.Incarnation, last.QueryId, last.UpstreamPath);
            if (end != WriteRecovery.Canceled)
                handle.EndElsewhere = end;
            else if (handle.TryEnd(byClient: true))
                handle.Tell(gateway.Now, MomentKind.Ended, end, "Its client cancelled it at another member.");
            return;
        }
        var entry = remembered.Entry;
        // R3.4: what was claimed runs on, whatever else is known
        var run = remembered.Claim is { } claim
            ? new JournaledRun(claim.Coordinator, claim.Incarnation, claim.QueryId, claim.UpstreamPath, handle.Submits + 1)
            : entry?.Run;
        if (entry is { Body.IsEmpty: false } && Read(gateway, entry) is var submission && (HasEffects(submission) || !handle.AdoptedWithEffects))
        {
            handle.Submission = submission;
            handle.Created = gateway.Now + (entry.Created - gateway.Time.GetUtcNow());
            (handle.Runs, handle.CoordinatorsLost) = (entry.Runs, entry.CoordinatorsLost);
            // whether the transaction's id was delivered is not known once its run had begun
            handle.SessionOutcomeDelivered |= submission.Class.Kind == StatementKind.StartTransaction && handle.Attempt is { NextPollMayBeFirst: false };
            if (!gateway.Book.TryKeepText(handle))
                gateway.Book.ForgetText(handle);
            RecoveryLog.Remembered(gateway.Log, handle.Id);
        }
        // the request that the restart broke may have begun it after the token was written
        if (run is not null && run.QueryId != handle.Attempt?.QueryId && (remembered.Claim is not null || handle.Attempt is null || run.Submits > handle.Submits))
        {
            if (remembered.Claim is not null)
                RecoveryLog.ClaimFollowed(gateway.Log, handle.Id, run.QueryId, run.Coordinator);
            handle.LaterRun = AttemptOf(run.Coordinator, run.Incarnation, run.QueryId, run.Path);
            handle.Submits = Math.Max(handle.Submits, run.Submits);
        }
        // of a write the last run alone may be polled: one before it might begin by that
        if (handle is { MayHaveEffects: true, LaterRun: { } later })
            (handle.Attempt, handle.LaterRun) = (later, null);
        if (handle.Submission is { Class.Kind: StatementKind.Write or StatementKind.CreateIfNotExists })
            TakeWrite(handle, entry!, remembered);
        // its entry is this member's from here on, and outlives this one too
        if (gateway.Others is null || remembered is { By: not null } or { Problem: not null })
            return;
        if (entry is { Body.IsEmpty: false } && handle.Submission is not { IsKept: true })
            // without room for the text here the store keeps it
            gateway.Journal.Note(handle.Id, entry.Body.Length, () => entry with { Owner = gateway.Owner });
        else
            Note(gateway, handle);
    }

    /// <summary>Among several members: its end, before it is answered, where a run of it may still begin (R3.3).</summary>
    /// <param name="end">An error's name, or <see cref="WriteRecovery.Canceled"/>.</param>
    /// <returns>The member whose query it is by now, so that its end is that one's; else null.</returns>
    public static Task<string?> EndAsync(GatewayServices gateway, QueryHandle handle, string end) => gateway.Others is { } others
        ? gateway.Writes.EndAsync(handle, gateway.Owner, end, member => others.MayBeginAsync(member, CancellationToken.None))
        : Task.FromResult<string?>(null);

    /// <summary>Runs of a query that has ended, besides the handle's own, which the store tells of: they work for nobody.</summary>
    public static async Task<IEnumerable<Attempt>> OtherRunsAsync(QueryHandle handle)
    {
        var remembered = handle.Remembering is { } asked ? await asked : null;
        Attempt?[] runs =
        [
            handle.LaterRun,
            remembered?.Claim is { } claim ? AttemptOf(claim.Coordinator, claim.Incarnation, claim.QueryId, claim.UpstreamPath) : null,
            remembered?.Entry?.Run is { } run ? AttemptOf(run.Coordinator, run.Incarnation, run.QueryId, run.Path) : null,
        ];
        return runs.OfType<Attempt>().Where(run => run.QueryId != handle.Attempt?.QueryId).DistinctBy(static run => run.QueryId);
    }

    /// <summary>A run that only a token or the store tells of. Whether it began is not known, so that its next poll may be its first.</summary>
    public static Attempt AttemptOf(string coordinator, string? incarnation, string queryId, string path) => new()
    {
        Place = new AttemptPlace(coordinator, null, incarnation is { } value ? new Incarnation(value) : null),
        QueryId = queryId,
        NextPath = path,
        MayHaveBegun = true,
        NextPollMayBeFirst = true,
    };

    /// <summary>All its runs are asked for together, and the next one is claimed behind the last.</summary>
    private static void TakeWrite(QueryHandle handle, JournalEntry entry, Remembered remembered)
    {
        foreach (var id in entry.Undone.Append(entry.Run.QueryId))
        {
            if (id != handle.Attempt?.QueryId)
                (handle.Write ??= new WriteStory()).Undo(id);
        }
        if (remembered.ClaimVersion > 0)
            (handle.Write ??= new WriteStory()).ClaimVersion = remembered.ClaimVersion;
    }

    private static Submission Read(GatewayServices gateway, JournalEntry entry) => SubmissionReading.Of(
        gateway, entry.Method, entry.Target, entry.Body,
        [.. entry.Headers.Select(static header => KeyValuePair.Create(header.Name, new StringValues([.. header.Values])))],
        entry.CredentialsHash.ToArray());

    private static bool HasEffects(Submission submission) => submission.Class.Kind is not (StatementKind.Read or StatementKind.SessionOnly);

    private static bool IsCredentials(string header) => header.Equals("Authorization", StringComparison.OrdinalIgnoreCase);
}
