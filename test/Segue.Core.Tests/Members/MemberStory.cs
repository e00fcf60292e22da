using System.Collections.Immutable;
using System.Globalization;
using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Hooks;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Core.Tests.Members;

/// <summary>Three members with one store and two coordinators, in steps of 100 ms; told what happens in words. What a member says arrives a step later.</summary>
/// <param name="fence">With a fence command, which runs until the story says how it ended.</param>
internal sealed class MemberStory(bool fence = false)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>The store's own word of a change comes so many steps late.</summary>
    private const int WatchLag = 6;

    private readonly Dictionary<string, Member> _members = [];
    private readonly Dictionary<long, (string Member, Instant Over)> _sessions = [];
    private readonly Dictionary<string, string> _lives = new() { ["c1:80"] = "", ["c2:80"] = "" };
    private readonly Queue<(Member To, ConductorInput Input)> _mail = [];
    private readonly Queue<(int Due, ConductorInput Word)> _watch = [];
    private readonly Dictionary<string, Assignment> _kept = [];
    private readonly HashSet<string> _stuck = [];
    private readonly HashSet<string> _mute = [];
    private readonly Dictionary<string, BegunFence> _fences = [];
    private bool _losesFences;
    private Assignment? _stored;
    private Assignment? _copy;
    private (string Holder, long Session)? _lease;
    private long _leaseVersion;
    private bool _storeAway;
    private long _lastSession;
    private int _steps;

    /// <summary>Every opening of an epoch, as "member epoch coordinator".</summary>
    public List<string> Opened { get; } = [];

    public List<string> Said { get; } = [];

    /// <summary>What hooks were told, as "member event coordinator".</summary>
    public List<string> Hooks { get; } = [];

    /// <summary>Every fence command that was asked for, as "member coordinator epoch".</summary>
    public List<string> Fenced { get; } = [];

    /// <summary>Clean-ups as "member begins coordinator" and "member ends coordinator".</summary>
    public List<string> CleanUps { get; } = [];

    public string Conductor => string.Join(' ', _members.Values.Where(static member => member is { Frozen: false, State.Leads: true }).Select(static member => member.Name));

    public Assignment? Stored => _stored;

    public Moment Now => new(At(_steps), DateTimeOffset.UnixEpoch + _steps * Step);

    public ConductorState StateOf(string member) => _members[member].State;

    /// <summary>Where each member sends, e.g. "a:c1 b:c1 c:-".</summary>
    public string Routes => string.Join(' ', _members.Values.OrderBy(static member => member.Name, StringComparer.Ordinal).Select(member => $"{member.Name}:{(MayRoute(member) ? member.State.OpenTo?.Split(':')[0] ?? "-" : "-")}"));

    /// <summary>Members that a load balancer is told to send clients to.</summary>
    public string Fit => string.Join(' ', _members.Values.Where(member => !member.Frozen && Fitness.Objection(member.State, At(_steps)) is null).Select(static member => member.Name));

    public void Tell(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["start", var name]:
                Start(name);
                break;
            case ["kill", var name]:
                _members.Remove(name);
                break;
            case ["end", var name]:
                End(_members[name]);
                break;
            case [("freeze" or "thaw") and var how, var name]:
                _members[name].Frozen = how == "freeze";
                break;
            case ["mute", var name]:
                _mute.Add(name);
                break;
            case ["forget", var name]:
                _kept.Remove(name);
                break;
            case ["disk", var name, var how]:
                _ = how == "full" ? _stuck.Add(name) : _stuck.Remove(name);
                break;
            case ["fence", var coordinator, "failed"]:
                _fences[coordinator] = _fences[coordinator] with { End = FenceEnd.Failed };
                foreach (var member in _members.Values.Where(Reaches))
                    Answer(member, new ConductorInput.FencesRead([.. _fences.Values]));
                break;
            case ["fences", "are", "lost"]:
                _losesFences = true;
                break;
            case ["store", "copied"]:
                _copy = _stored;
                break;
            case ["store", "restored"]:
                (_stored, _lease) = (_copy, null);
                _sessions.Clear();
                break;
            case ["store", var how]:
                _storeAway = how == "away";
                break;
            case ["cut", var name, "off"]:
                _members[name].CutOff = true;
                break;
            case ["cut", var name, "from", "store"]:
                _members[name].MissesStore = true;
                break;
            case ["mend", var name]:
                _members[name].MissesStore = false;
                break;
            case [("revive" or "crash") and var how, var coordinator]:
                _lives[$"{coordinator}:80"] = how == "revive" ? "" : "nobody reaches it";
                break;
            case ["hide", var coordinator, "from", var name]:
                _lives[$"{coordinator}:80"] = name;
                break;
            case ["wait", var seconds]:
                for (var step = 0; step < 10 * double.Parse(seconds, CultureInfo.InvariantCulture); step++)
                    Pass();
                break;
            default:
                throw new ArgumentException($"no such happening: {line}", nameof(line));
        }
    }

    private static Instant At(int steps) => new(steps * Step);

    private void Start(string name)
    {
        var member = new Member(name, $"{name}{_steps}")
        {
            State = new ConductorState
            {
                Config = new ClusterConfig
                {
                    Name = "main",
                    Engine = EngineKind.Presto,
                    Coordinators = [.. new[] { "c1", "c2" }.Select(static one => new CoordinatorConfig { Url = new Endpoint("http", one, 80) })],
                    Fence = new CommandConfig { Command = fence ? ["/bin/fence"] : [] },
                },
            },
        };
        member.State = member.State with
        {
            Member = new Membership { Me = new MemberIdentity(member.Id, name), Times = new MemberTimes(), StartedAt = At(_steps) },
        };
        _members[name] = member;
        if (!_kept.TryGetValue(name, out var kept))
            return;
        member.Acked = kept;
        Take(member, new ConductorInput.Remembered(kept));
    }

    /// <summary>As it is told to: what it sent has ended, and the store hears of it.</summary>
    private void End(Member member)
    {
        _members.Remove(member.Name);
        if (!Reaches(member))
            return;
        if (_stored?.Without(member.Name) is { } without)
        {
            _stored = without;
            foreach (var other in _members.Values.Where(Reaches))
                Answer(other, new ConductorInput.Saw(without, Stored: true));
        }
        _sessions.Remove(member.Session);
        if (_lease?.Session == member.Session)
            Lease(null);
    }

    private bool MayRoute(Member member) => !member.Frozen && At(_steps) < member.State.Member!.RightUntil;

    private void Pass()
    {
        _steps++;
        foreach (var (id, session) in _sessions.ToList())
        {
            if (_storeAway || session.Over > At(_steps))
                continue;
            _sessions.Remove(id);
            if (_lease?.Session == id)
                Lease(null);
        }
        while (!_storeAway && _watch.TryPeek(out var next) && next.Due <= _steps)
        {
            foreach (var member in _members.Values.Where(Reaches))
                Answer(member, next.Word);
            _watch.Dequeue();
        }
        for (var waiting = _mail.Count; waiting > 0; waiting--)
        {
            var (to, input) = _mail.Dequeue();
            if (to.Frozen)
                _mail.Enqueue((to, input));
            else if (_members.ContainsValue(to))
                Take(to, input);
        }
        foreach (var member in _members.Values.Where(static member => !member.Frozen).ToList())
        {
            foreach (var coordinator in _lives.Keys)
                Take(member, new ConductorInput.Observed(Seen(member, coordinator)));
            Take(member, new ConductorInput.Tick());
            Keep(member);
            if (Reaches(member) && _steps % 5 == 0)
                Take(member, new ConductorInput.LeaseSeen(_lease?.Holder));
            foreach (var other in OthersOf(member).Where(_ => !_mute.Contains(member.Name)))
                _mail.Enqueue((other, new ConductorInput.Reported(member.Id, member.State.HighestEpoch,
                    [.. _lives.Keys.Select(coordinator => new CoordinatorReport(coordinator, IsReached(member, coordinator), TimeSpan.Zero))])));
        }
    }

    private bool IsReached(Member member, string coordinator) => _lives[coordinator] is var hidden && hidden != "nobody reaches it" && !hidden.Contains(member.Name, StringComparison.Ordinal);

    private HealthState Seen(Member member, string coordinator)
    {
        var reached = IsReached(member, coordinator);
        var before = member.State.Health.GetValueOrDefault(coordinator);
        return HealthState.First(coordinator, false, At(_steps)) with
        {
            Condition = reached ? Condition.Healthy : Condition.Lost,
            Evidence = reached ? Evidence.Healthy : Evidence.Refused,
            Phrase = reached ? "is healthy" : "refuses connections",
            Dead = !reached,
            FirstSign = reached ? null : before?.FirstSign ?? At(_steps),
            Incarnation = before?.Incarnation ?? (reached ? new Incarnation($"aaa{coordinator[..2]}") : null),
            Info = new NodeInfo { Version = "1", Environment = "test", Coordinator = true, Starting = false },
        };
    }

    private void Keep(Member member)
    {
        if (member.ToKeep is not { } assignment)
            return;
        if (_stuck.Contains(member.Name))
        {
            Answer(member, new ConductorInput.NotKept(assignment, "the disk is full"));
            return;
        }
        (_kept[member.Name], member.ToKeep) = (assignment, null);
        Answer(member, new ConductorInput.Kept(assignment));
    }

    private void Lease((string Holder, long Session)? now)
    {
        _lease = now;
        _watch.Enqueue((_steps + WatchLag, new ConductorInput.LeaseSeen(now?.Holder, ++_leaseVersion)));
    }

    private bool Reaches(Member member) => !_storeAway && member is { CutOff: false, MissesStore: false };

    private void Take(Member member, ConductorInput input)
    {
        var step = Segue.Core.Leadership.Conductor.Step(member.State, input, Now);
        member.State = step.State;
        foreach (var effect in step.Effects)
            Perform(member, effect);
        (member.Roles, var told) = RoleChanges.Step(member.Roles, member.State, TimeSpan.FromSeconds(5), At(_steps));
        Hooks.AddRange(told.Select(one => $"{member.Name} {one.Name} {one.Coordinator.Split(':')[0]}".TrimEnd()));
    }

    private void Answer(Member member, ConductorInput input) => _mail.Enqueue((member, input));

    private IEnumerable<Member> OthersOf(Member member) => _members.Values.Where(other => other != member && !other.CutOff && !member.CutOff);

    private void Perform(Member member, ConductorEffect effect)
    {
        switch (effect)
        {
            case ConductorEffect.OpenEpoch(var epoch, var coordinator):
                Opened.Add($"{member.Name} {epoch} {coordinator.Split(':')[0]}");
                break;
            case ConductorEffect.CloseEpoch(var epoch, _):
                Answer(member, new ConductorInput.EpochClosed(epoch));
                break;
            case ConductorEffect.Announce(var kind, _, _, _):
                Said.Add($"{member.Name} {kind}");
                break;
            case ConductorEffect.Tell(var assignment, var stored):
                foreach (var other in OthersOf(member))
                    Answer(other, new ConductorInput.Saw(assignment, stored));
                break;
            case ConductorEffect.Keep(var assignment):
                member.ToKeep = assignment;
                break;
            case ConductorEffect.Ack(var assignment):
                member.Acked = assignment;
                break;
            case ConductorEffect.Fence({ Coordinator: var name, Incarnation: { } incarnation } deposition):
                Fenced.Add($"{member.Name} {name.Split(':')[0]} {deposition.Epoch}");
                if (!_losesFences)
                    _fences[name.Split(':')[0]] = new BegunFence(name, incarnation, null);
                break;
            case ConductorEffect.CleanUp(var deposition):
                CleanUps.Add($"{member.Name} begins {deposition.Coordinator.Split(':')[0]}");
                break;
            case ConductorEffect.StopCleanUp(var coordinator):
                CleanUps.Add($"{member.Name} ends {coordinator.Split(':')[0]}");
                break;
            case ConductorEffect.AskFailsafe(var assignment, var round):
                foreach (var other in OthersOf(member))
                    Answer(other, new ConductorInput.FailsafeAsked(member.Id, assignment, round));
                break;
            case ConductorEffect.AnswerFailsafe(var asker, var round, var yes):
                foreach (var other in OthersOf(member).Where(other => other.Id == asker))
                    Answer(other, new ConductorInput.FailsafeAnswered(member.Name, round, yes));
                break;
            case ConductorEffect.ReadAssignment or ConductorEffect.ReadFences or ConductorEffect.WriteAssignment or ConductorEffect.OpenSession or ConductorEffect.RenewSession
                or ConductorEffect.TakeLease or ConductorEffect.ListMembers:
                if (Reaches(member))
                    Store(member, effect);
                else if (effect is ConductorEffect.OpenSession or ConductorEffect.RenewSession)
                    Answer(member, new ConductorInput.StoreAway());
                break;
            default:
                break;
        }
    }

    private void Store(Member member, ConductorEffect effect)
    {
        switch (effect)
        {
            case ConductorEffect.ReadAssignment(var question):
                Answer(member, new ConductorInput.Read(_stored, question));
                break;
            case ConductorEffect.ReadFences(var question):
                Answer(member, new ConductorInput.FencesRead([.. _fences.Values], question));
                break;
            case ConductorEffect.WriteAssignment(var assignment):
                var wins = assignment.Epoch >= (_stored?.Epoch ?? 0);
                _stored = wins ? assignment : _stored;
                Answer(member, wins ? new ConductorInput.WriteConfirmed(assignment) : new ConductorInput.WriteFailed(assignment, "conflict"));
                if (wins)
                {
                    foreach (var other in OthersOf(member))
                        Answer(other, new ConductorInput.Saw(assignment, Stored: true));
                }
                break;
            case ConductorEffect.OpenSession(var asked):
                _sessions[++_lastSession] = (member.Id, At(_steps) + TimeSpan.FromSeconds(3));
                member.Session = _lastSession;
                Answer(member, new ConductorInput.SessionOpened(_lastSession, TimeSpan.FromSeconds(3), asked));
                break;
            case ConductorEffect.RenewSession(var session, var asked):
                var lives = _sessions.ContainsKey(session);
                if (lives)
                    _sessions[session] = (member.Id, At(_steps) + TimeSpan.FromSeconds(3));
                Answer(member, lives ? new ConductorInput.SessionRenewed(session, asked) : new ConductorInput.SessionOver(session));
                break;
            case ConductorEffect.TakeLease(var session):
                if (_lease is null && _sessions.ContainsKey(session))
                    Lease((member.Id, session));
                Answer(member, new ConductorInput.LeaseSeen(_lease?.Holder, _leaseVersion));
                break;
            case ConductorEffect.ListMembers(var question):
                var listed = _sessions.Values.Select(static session => session.Member).Distinct().ToImmutableDictionary(
                    static id => id,
                    id => new ListedMember(id[..1], _members.Values.FirstOrDefault(one => one.Id == id)?.Acked));
                Answer(member, new ConductorInput.MembersListed(question, listed));
                break;
            default:
                throw new ArgumentException($"no such question: {effect}", nameof(effect));
        }
    }

    private sealed class Member(string name, string id)
    {
        public string Name { get; } = name;

        public string Id { get; } = id;

        public required ConductorState State { get; set; }

        public RoleMemory Roles { get; set; } = new();

        public bool Frozen { get; set; }

        public bool CutOff { get; set; }

        public bool MissesStore { get; set; }

        public long Session { get; set; }

        public Assignment? Acked { get; set; }

        public Assignment? ToKeep { get; set; }
    }
}
