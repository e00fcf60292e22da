using Segue.Core.Model;
using Segue.Core.Recovery.Journal;
using Segue.Core.Routing;
using Segue.Simulation.Bugs;
using Segue.Simulation.Members;
using Segue.Simulation.Stores;
using Segue.Simulation.World;

namespace Segue.Simulation.Gateways;

/// <summary>What became of a compare-and-set on a journal entry.</summary>
internal enum Claim
{
    Taken,

    /// <summary>Another member was first.</summary>
    Conflict,
    Unknown,
}

/// <summary>Journal entries in the store: written behind the answers, and claimed by compare-and-set before a write runs again (R3.4).</summary>
internal sealed class Journal(SimMember member)
{
    private const string Prefix = "journal/";

    private static readonly TimeSpan Behind = Time.Milliseconds(100);

    /// <summary>A coordinator accepted it.</summary>
    public void Note(Handle handle) => member.After(Behind, () => Write(handle));

    public void Read(Handle handle, Action<bool, Stored?> done) =>
        member.AskStore(store => store.Read(Prefix + handle.Id), (answered, stored) => done(answered, (Stored?)stored));

    /// <summary>With a fresh look whether the owner lives: who has come since this member's last list is not in it.</summary>
    public void ReadWithOwner(Handle handle, Action<bool, Stored?, string?> done) => member.AskStore(
        store =>
        {
            var entry = store.Read(Prefix + handle.Id);
            var owner = ((JournalEntry?)entry?.Value)?.Owner ?? handle.Owner;
            return (entry, store.Read(Duties.Living + owner) is null ? null : owner);
        },
        (answered, found) =>
        {
            var (entry, owner) = answered ? ((Stored?, string?))found! : default;
            done(answered, entry, owner);
        });

    public void TryClaim(Handle handle, JournalEntry entry, Action<Claim> done)
    {
        var expected = member.Has(Bug.TwoMembersReRunOneWrite) ? -1 : handle.Version;
        member.AskStore(store => store.Write(Prefix + handle.Id, entry, expected), (answered, version) =>
        {
            if (answered && version is long written)
                handle.Version = written;
            done(!answered ? Claim.Unknown : version is null ? Claim.Conflict : Claim.Taken);
        });
    }

    public JournalEntry EntryOf(Handle handle, Attempt attempt) => new()
    {
        Owner = member.Id,
        Method = "POST",
        Target = "/v1/statement",
        Body = BitConverter.GetBytes(handle.Statement!.Number),
        Headers = [],
        CredentialsHash = default,
        Created = member.Wall,
        MayHaveEffects = handle.HasEffects,
        Run = new JournaledRun(attempt.Place.Coordinator, attempt.Place.Incarnation?.Value, attempt.QueryId, $"{attempt.QueryId}/0", handle.Submits),
        Undone = [.. handle.Undone],
        Runs = handle.Runs + (attempt.MayHaveBegun ? 0 : 1),
        CoordinatorsLost = handle.CoordinatorsLost,
    };

    /// <summary>The handle goes on with what was remembered; a run of it may have begun.</summary>
    public void TakeOver(Handle handle, Stored stored)
    {
        var entry = (JournalEntry)stored.Value;
        handle.Remembered = true;
        handle.Version = stored.Version;
        handle.Statement = member.Cluster.Statements[BitConverter.ToInt32(entry.Body.Span)];
        (handle.Runs, handle.CoordinatorsLost) = (Math.Max(handle.Runs, entry.Runs), Math.Max(handle.CoordinatorsLost, entry.CoordinatorsLost));
        if (!handle.HasEffects)
        {
            handle.Submits = Math.Max(handle.Submits, entry.Run.Submits);
            return;
        }
        handle.Undone.Clear();
        handle.Undone.AddRange(entry.Undone);
        handle.Submits = entry.Run.Submits;
        if (handle.Attempt?.QueryId != entry.Run.QueryId)
            handle.Attempt = AttemptOf(entry.Run.Coordinator, entry.Run.Incarnation, entry.Run.QueryId, 0);
        handle.ForgetAnswers();
    }

    public static Attempt AttemptOf(string coordinator, string? incarnation, string queryId, int page) => new()
    {
        Place = new AttemptPlace(coordinator, null, incarnation is null ? null : new Incarnation(incarnation)),
        QueryId = queryId,
        Page = page,
        MayHaveBegun = true,
        NextPollMayBeFirst = page == 0,
    };

    /// <summary>The ending is recorded: no token of it brings it back.</summary>
    public void End(Handle handle)
    {
        handle.Ended = true;
        handle.Statement?.EndedBy.Add((member, member.Life));
        Remove(handle.Id, 0);
    }

    private void Remove(string id, int tries) => member.AskStore(store => store.Read(Prefix + id) is not { } kept || store.Delete(kept.Key, kept.Version), (answered, _) =>
    {
        if (!answered && tries < 50)
            member.After(Behind, () => Remove(id, tries + 1));
    });

    private void Write(Handle handle)
    {
        if (handle is not { Ended: false, Attempt: { } attempt, Statement: not null } || handle.Busy)
        {
            if (handle is { Ended: false, Busy: true })
                Note(handle);
            return;
        }
        var expected = handle.Version;
        member.AskStore(store => store.Write(Prefix + handle.Id, EntryOf(handle, attempt), expected), (answered, version) =>
        {
            if (answered && version is long written && handle.Version == expected)
                handle.Version = written;
            if (handle.Ended)
                Remove(handle.Id, 0);
        });
    }
}
