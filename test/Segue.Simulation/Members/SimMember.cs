using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Simulation.Bugs;
using Segue.Simulation.Gateways;
using Segue.Simulation.Stores;
using Segue.Simulation.World;

namespace Segue.Simulation.Members;

/// <summary>One Segue process: Segue.Core's decisions, and a shell that does what they ask with simulated store, network and time.</summary>
internal sealed class SimMember(Cluster cluster, string name, double rate)
    : SimNode(cluster.World, cluster.Network, name, rate, cluster.World.Random.Between(0, Time.Second))
{
    private readonly Queue<ConductorInput> _soon = new();
    private Duties _duties = null!;
    private RoutingSnapshot? _snapshot;
    private bool _taking;
    private int _names;

    public Cluster Cluster => cluster;

    public ClusterConfig Config => State.Config;

    /// <summary>The configuration that its next start reads.</summary>
    public ClusterConfig File { get; private set; } = cluster.Config;

    /// <summary>New at each start.</summary>
    public string Id { get; private set; } = "";

    public ConductorState State { get; private set; } = null!;

    /// <summary>What it acked last: its data directory outlives its processes (R1.5).</summary>
    public Assignment? OnDisk { get; set; }

    public SendGate Gate { get; private set; } = new();

    public Gateway Gateway { get; private set; } = null!;

    public Front Front { get; private set; } = null!;

    public Dictionary<string, Watcher> Watchers { get; } = [];

    public IEnumerable<SimMember> Others => cluster.Members.Where(other => other != this);

    public RoutingSnapshot Snapshot => _snapshot ??= Pictures.Routing(State);

    public Moment Moment => new(Monotonic, Wall);

    /// <summary>The last look before a send (R1.3, I3).</summary>
    public bool MayRoute => State.Member is not { } member || Monotonic < member.RightUntil || Has(Bug.SendWithoutALook);

    public long Session => State.Member?.Session?.Id ?? 0;

    public bool Has(Bug bug) => cluster.Bug == bug;

    /// <summary>One input after the other, each with all that it asks for.</summary>
    public void Take(ConductorInput input)
    {
        _soon.Enqueue(input);
        if (_taking)
            return;
        _taking = true;
        while (_soon.TryDequeue(out var next))
        {
            var step = Conductor.Step(State, next, Moment);
            State = step.State;
            _snapshot = null;
            foreach (var effect in step.Effects)
                _duties.Perform(effect);
        }
        _taking = false;
    }

    public void Soon(ConductorInput input) => After(TimeSpan.Zero, () => Take(input));

    public void Observe(string coordinator, Observation fact)
    {
        if (!State.Health.TryGetValue(coordinator, out var before))
            return;
        World.Mix((ulong)((Index * 256) + Watchers[coordinator].Coordinator.Index));
        if (Has(Bug.ActOnOldEvidence))
            before = before with { LastStep = Monotonic };
        var step = CoordinatorHealth.Step(before, fact, Config.Health, Monotonic);
        if (step.News is { } news)
            World.Say(Name, $"sees: {news.Sentence}");
        Take(new ConductorInput.Observed(step.State));
        if (fact is Observation.TrafficAnswered)
            Take(new ConductorInput.Answered(coordinator));
        foreach (var effect in step.Effects)
        {
            if (effect is HealthEffect.Welcome)
                Watchers[coordinator].Welcome();
            else
                Watchers[coordinator].Probe();
        }
        Watch();
    }

    /// <summary>One operation of the store; no answer means that its outcome is not known.</summary>
    public void AskStore(Func<SimStore, object?> operation, Action<bool, object?> done)
    {
        var store = cluster.Store;
        Network.Request(this, store, cluster.StoreTimeout, call => store.Do(call, () => operation(store)), (end, answer) => done(end == CallEnd.Answered, answer));
    }

    /// <summary>To each other member, as it is reached.</summary>
    public void TellOthers(Action<SimMember> told)
    {
        foreach (var other in Others)
            Network.Send(this, other, () => told(other));
    }

    public void AskedToStay(string asker, Assignment assignment, long round)
    {
        if (Has(Bug.FailsafeYesWithoutPromise))
            _duties.Answer(asker, round, yes: true);
        else
            Take(new ConductorInput.FailsafeAsked(asker, assignment, round));
    }

    /// <summary>As it is told to: it sends no more, and its name is taken out of the stored list, which may happen long after (R1.6).</summary>
    public void End()
    {
        if (Up && !Frozen && State.Member is { Me.Name: var me })
        {
            Gate.Close(breaksOff: true);
            _names++;
            AskStore(
                store => store.Read(AssignmentDesk.Key) is { Value: Assignment stored } found && stored.Without(me) is { } without ? store.Write(AssignmentDesk.Key, without, found.Version) : null,
                static (_, _) => { });
        }
        Crash();
    }

    protected override void Started()
    {
        Id = $"{Name}.{Life}";
        Gate = new SendGate();
        Gateway = new Gateway(this);
        Front = new Front(this);
        OnDisk = Has(Bug.ForgetsItsEpoch) ? null : OnDisk;
        _duties = new Duties(this);
        _soon.Clear();
        _taking = false;
        _snapshot = null;
        State = new ConductorState
        {
            Config = File,
            Member = cluster.Members.Count == 1 ? null : new Membership { Me = new MemberIdentity(Id, _names == 0 ? Name : $"{Name}.{_names}"), Times = cluster.Times, StartedAt = Monotonic },
        };
        Watchers.Clear();
        Take(new ConductorInput.Configured(File));
        if (OnDisk is { } acked)
            Take(new ConductorInput.Remembered(acked));
        var watchers = Watch();
        _duties.Begin();
        foreach (var watcher in watchers)
            watcher.Start();
        Every(cluster.Options.Tick, Tick);
        Front.Start();
        Gateway.Start();
    }

    /// <summary>The file is another one; a process that runs reads it.</summary>
    public void Reload(ClusterConfig config)
    {
        File = config;
        Run(Life, () =>
        {
            Take(new ConductorInput.Configured(config));
            foreach (var watcher in Watch())
                watcher.Start();
        });
    }

    /// <summary>Eyes on those that are new in the configuration; not any more on those that have left and stopped.</summary>
    private List<Watcher> Watch()
    {
        foreach (var name in Watchers.Keys.Where(name => !State.Health.ContainsKey(name)).ToList())
        {
            Watchers[name].Stop();
            Watchers.Remove(name);
        }
        var added = new List<Watcher>();
        foreach (var coordinator in cluster.Coordinators.Where(one => State.IsConfigured(one.Name) && !Watchers.ContainsKey(one.Name)))
        {
            added.Add(Watchers[coordinator.Name] = new Watcher(this, coordinator));
            Take(new ConductorInput.Observed(HealthState.First(coordinator.Name, false, Monotonic)));
        }
        return added;
    }

    protected override void Crashed() => _soon.Clear();

    private void Tick()
    {
        // each process has an order of its own for what it looks up by name; a seed has one
        foreach (var name in State.Health.Keys.Order(StringComparer.Ordinal))
            Observe(name, new Observation.Tick());
        Take(new ConductorInput.Tick());
    }
}
