using System.Collections.Immutable;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Simulation.Bugs;
using Segue.Simulation.Stores;
using Segue.Simulation.World;

namespace Segue.Simulation.Members;

/// <summary>What the store keeps of a member, with its session.</summary>
internal sealed record MemberRecord(string Name, Assignment? Acked);

/// <summary>Does what the conductor's steps ask for, in order.</summary>
internal sealed class Duties
{
    public const string Lease = "conductor";
    public const string Living = "member/";

    /// <summary>In milliseconds.</summary>
    private const long SlowestDisk = 30;

    private readonly SimMember _member;
    private readonly AssignmentDesk _assignments;
    private readonly Cleaning _cleaning;
    private ImmutableDictionary<string, ListedMember>? _oldList;
    private ImmutableDictionary<string, ListedMember>? _lastList;
    private Assignment? _acked;
    private Instant _diskIsFree;

    public Duties(SimMember member)
    {
        _member = member;
        _assignments = new AssignmentDesk(member);
        _cleaning = new Cleaning(member);
        _acked = member.OnDisk;
    }

    private Cluster Cluster => _member.Cluster;

    private MemberIdentity Me => _member.State.Member!.Me;

    public void Begin()
    {
        _cleaning.Begin(() =>
        {
            if (_member.State.Member is null)
                _assignments.Read(0);
        });
        if (_member.State.Member is null)
            return;
        Cluster.Store.Watch(_member, Changed);
        _member.Every(Cluster.Times.Ttl / 6, Look);
        _member.Every(Cluster.Times.Ttl / 6, Report);
    }

    public void Perform(ConductorEffect effect)
    {
        switch (effect)
        {
            case ConductorEffect.ReadAssignment(var question):
                _assignments.Read(question);
                break;
            case ConductorEffect.WriteAssignment(var assignment):
                _member.World.Say(_member.Name, $"writes {assignment.Phase} {assignment.Epoch} {assignment.Active} [{string.Join(' ', assignment.Members)}]: {assignment.Reason}");
                Cluster.Collateral.Proposed(_member, assignment);
                _assignments.Write(assignment);
                break;
            case ConductorEffect.CloseEpoch(var epoch, _):
                Close(epoch);
                break;
            case ConductorEffect.OpenEpoch(var epoch, var coordinator):
                _member.World.Say(_member.Name, $"opens epoch {epoch} to {coordinator}");
                _member.Gate.OpenTo(epoch, coordinator);
                Cluster.Collateral.Opened(_member, _member.State);
                break;
            case ConductorEffect.CleanUp(var deposition):
                _cleaning.Begin(deposition);
                break;
            case ConductorEffect.Fence(var deposition):
                _cleaning.Fence(deposition);
                break;
            case ConductorEffect.ReadFences(var question):
                _cleaning.ReadFences(question);
                break;
            case ConductorEffect.StopCleanUp(var coordinator):
                _cleaning.End(coordinator);
                break;
            case ConductorEffect.Announce(var kind, _, _, var sentence):
                _member.World.Say(_member.Name, $"{kind}: {sentence}");
                break;
            case ConductorEffect.KeepProcess(var process):
                _member.AskStore(store => store.Write(Cleaning.Process, process, -1), static (_, _) => { });
                break;
            case ConductorEffect.Timed:
                break;
            case ConductorEffect.OpenSession(var asked):
                Open(asked);
                break;
            case ConductorEffect.RenewSession(var session, var asked):
                Renew(session, asked);
                break;
            case ConductorEffect.TakeLease(var session):
                _member.AskStore(
                    store =>
                    {
                        store.Write(Lease, _member.Id, expected: 0, session);
                        return store.Read(Lease);
                    },
                    (answered, lease) => _member.Take(answered ? SeenLease((Stored?)lease, 0) : new ConductorInput.LeaseSeen(null)));
                break;
            case ConductorEffect.ListMembers(var question):
                List(question);
                break;
            case ConductorEffect.Keep(var assignment):
                Keep(assignment);
                break;
            case ConductorEffect.Ack(var assignment):
                Ack(assignment);
                break;
            case ConductorEffect.Tell(var assignment, var stored):
                _member.TellOthers(other => other.Take(new ConductorInput.Saw(assignment, stored)));
                break;
            case ConductorEffect.AskFailsafe(var assignment, var round):
                var asker = _member.Id;
                _member.TellOthers(other => other.AskedToStay(asker, assignment, round));
                break;
            case ConductorEffect.AnswerFailsafe(var member, var round, var yes):
                Answer(member, round, yes);
                break;
            default:
                throw new InvalidOperationException($"no such effect: {effect}");
        }
    }

    public void Answer(string asker, long round, bool yes)
    {
        var name = Me.Name;
        _member.TellOthers(other =>
        {
            if (other.Id == asker)
                other.Take(new ConductorInput.FailsafeAnswered(name, round, yes));
        });
    }

    private void Close(long epoch)
    {
        _member.World.Say(_member.Name, $"closes epoch {epoch}");
        _member.Gate.Close(breaksOff: !_member.Has(Bug.AckBeforeSendsEnd));
        _member.Soon(new ConductorInput.EpochClosed(epoch));
    }

    private void Open(Instant asked) => _member.AskStore(store => store.Open(Cluster.Times.Ttl), (answered, session) =>
    {
        if (!answered)
        {
            _member.Take(new ConductorInput.StoreAway());
            return;
        }
        var (key, opened, record) = (Living + _member.Id, (long)session!, new MemberRecord(Me.Name, _acked));
        // who lists sessions lists these keys: it is there before the assignment is read (R1.3)
        _member.AskStore(store => IsOfLater(store, key, opened) ? null : store.Write(key, record, -1, opened), (written, version) =>
        {
            _member.Take(written && version is not null ? new ConductorInput.SessionOpened(opened, Cluster.Times.Ttl, asked) : new ConductorInput.StoreAway());
            // acked meanwhile
            if (_acked is { } acked && acked != record.Acked)
                Store(acked);
        });
    });

    private void Renew(long session, Instant asked) => _member.AskStore(store => store.Renew(session), (answered, lives) => _member.Take(
        !answered ? new ConductorInput.StoreAway()
        : lives is true ? new ConductorInput.SessionRenewed(session, _member.Has(Bug.LeaseFromTheReply) ? _member.Monotonic : asked)
        : new ConductorInput.SessionOver(session)));

    private void List(long question)
    {
        if (_oldList is { } old && _member.State.Change is not null && _member.Has(Bug.ListSessionsBeforeTheWrite))
        {
            _member.Soon(new ConductorInput.MembersListed(question, old));
            return;
        }
        _member.AskStore(static store => (store.List(Living), store.Read(Lease)), (answered, found) =>
        {
            if (!answered)
                return;
            var (list, lease) = ((List<Stored>, Stored?))found!;
            (_oldList, _lastList) = (_lastList, ListOf(list));
            _member.Take(new ConductorInput.MembersListed(question, Heard(ListOf(list))));
            _member.Take(SeenLease(lease, question));
        });
    }

    private static ConductorInput.LeaseSeen SeenLease(Stored? lease, long question) => new((string?)lease?.Value, lease?.Version ?? 0, question);

    private ImmutableDictionary<string, ListedMember> Heard(ImmutableDictionary<string, ListedMember> list)
    {
        if (!_member.Has(Bug.SkipAnAck) || _member.State.Change is not { } change)
            return list;
        return list.SetItems(list.Where(one => one.Key != _member.Id).Select(one => KeyValuePair.Create(one.Key, one.Value with { Acked = change.Proposal })));
    }

    private static ImmutableDictionary<string, ListedMember> ListOf(object? list) => ((List<Stored>)list!).ToImmutableDictionary(
        static one => one.Key[Living.Length..],
        static one => new ListedMember(((MemberRecord)one.Value).Name, ((MemberRecord)one.Value).Acked));

    /// <summary>A disk takes its time, and one after the other.</summary>
    private void Keep(Assignment assignment)
    {
        var now = _member.Monotonic;
        _diskIsFree = (now < _diskIsFree ? _diskIsFree : now) + Time.Milliseconds(_member.World.Random.Between(1, SlowestDisk));
        _member.After(_diskIsFree - now, () =>
        {
            _member.OnDisk = assignment;
            _member.Take(new ConductorInput.Kept(assignment));
        });
    }

    private void Ack(Assignment assignment)
    {
        _acked = assignment;
        var id = _member.Id;
        Store(assignment);
        _member.TellOthers(other => other.Take(new ConductorInput.Acked(id, assignment)));
    }

    /// <summary>Until the store has it, or a later one, or the session is over: who opens the next one brings it along.</summary>
    private void Store(Assignment assignment)
    {
        var (key, session, record) = (Living + _member.Id, _member.Session, new MemberRecord(Me.Name, assignment));
        if (session == 0 || _acked != assignment)
            return;
        // a late one hides no later one
        _member.AskStore(store => IsOfLater(store, key, session) || store.Read(key)?.Value is MemberRecord { Acked: { } kept } && kept.Epoch > assignment.Epoch ? 0L : store.Write(key, record, -1, session), (answered, _) =>
        {
            if (!answered)
                _member.After(Cluster.Times.AwayAfter, () => Store(assignment));
        });
    }

    /// <summary>A late word does not bind the entry to a session that is over.</summary>
    private static bool IsOfLater(SimStore store, string key, long session) => store.Read(key) is { } entry && entry.Session > session;

    /// <summary>What a watch may have missed.</summary>
    private void Look()
    {
        _member.AskStore(static store => store.Read(Lease), (answered, lease) =>
        {
            if (answered && lease is not null)
                _member.Take(SeenLease((Stored)lease, 0));
        });
        _member.AskStore(static store => store.Read(AssignmentDesk.Key), (answered, stored) =>
        {
            if (answered && stored is not null)
                See((Stored)stored);
        });
    }

    private void Changed(string? key, Stored? value, long version)
    {
        if (key is null)
            Look();
        else if (key == Lease)
            _member.Take(new ConductorInput.LeaseSeen((string?)value?.Value, version));
        else if (key == AssignmentDesk.Key && value is not null)
            See(value);
        else if (key.StartsWith(Cleaning.Fences, StringComparison.Ordinal))
            _cleaning.ReadFences(0);
        else if (value?.Value is MemberRecord { Acked: { } acked } && key != Living + _member.Id)
            _member.Take(new ConductorInput.Acked(key[Living.Length..], acked));
    }

    private void See(Stored stored)
    {
        var assignment = (Assignment)stored.Value;
        if (_member.Has(Bug.RouteOnProposed) && assignment.Phase == AssignmentPhase.Proposed)
            assignment = assignment with { Phase = AssignmentPhase.Active };
        _member.Take(new ConductorInput.Saw(assignment, Stored: true));
    }

    private void Report()
    {
        var (id, highest, now) = (_member.Id, _member.State.HighestEpoch, _member.Monotonic);
        ImmutableArray<CoordinatorReport> seen = [.. _member.State.Health.Values.OrderBy(static health => health.Name, StringComparer.Ordinal)
            .Select(health => new CoordinatorReport(health.Name, health.Condition is Condition.Healthy or Condition.Unfit, health.Info is null ? null : now - health.InfoAt))];
        _member.TellOthers(other => other.Take(new ConductorInput.Reported(id, highest, seen)));
    }
}
