using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Core.Recovery.Writes;
using Segue.Simulation.Bugs;
using Segue.Simulation.Checkers;
using Segue.Simulation.Clients;
using Segue.Simulation.Engines;
using Segue.Simulation.Members;
using Segue.Simulation.Runs;
using Segue.Simulation.Stores;
using Segue.Simulation.World;

namespace Segue.Simulation;

/// <summary>Everything that is simulated, and how it is set up.</summary>
internal sealed class Cluster
{
    private const int WorkerCount = 3;

    public Cluster(SimOptions options, Bug bug, bool traced)
    {
        (Options, Bug) = (options, bug);
        World = new SimWorld(options.Seed, traced);
        Network = new SimNetwork(World);
        var random = new Rng(options.Seed ^ 0xC0DE);
        Times = new MemberTimes { Ttl = options.Ttl, Skew = options.Ttl / 10, Failsafe = options.Failsafe, FailsafeFor = TimeSpan.FromSeconds(4) };
        Config = new ClusterConfig
        {
            Name = "main",
            Engine = EngineKind.Trino,
            Coordinators = [.. Enumerable.Range(1, options.Coordinators).Select(static one => new CoordinatorConfig { Url = new Endpoint("http", $"c{one}", 80) })],
            Health = new HealthConfig
            {
                ProbeInterval = Time.Milliseconds(random.Pick([150L, 300L, 500L])),
                ProbeTimeout = Time.Milliseconds(500),
                SuspectAfter = Time.Milliseconds(700),
                UnresponsiveAfter = Time.Milliseconds(2500),
                UnreachableAfter = Time.Milliseconds(1500),
                MinGap = TimeSpan.FromSeconds(5),
            },
            Fence = new CommandConfig { Command = options.Fences ? ["fence"] : [] },
            Recovery = new RecoveryConfig { WritesSettle = Time.Milliseconds(1500), WritesMaxWait = TimeSpan.FromSeconds(8) },
            Hold = new HoldConfig { MaxTime = TimeSpan.FromSeconds(15) },
        };
        Files = new ConfigFiles(this);
        Store = new SimStore(World, Network, Rate(random));
        Catalog = new Catalog(World);
        Coordinators = [.. Config.Coordinators.Select(one => new Coordinator(World, Network, Catalog, one.Name, Rate(random)))];
        Routing = new RoutingChecker(World);
        Collateral = new CollateralChecker(this);
        Effects = new EffectsChecker(this);
        Promptness = new PromptnessChecker(this);
        for (var at = 0; at < options.Members; at++)
            MemberList.Add(new SimMember(this, $"m{at + 1}", Rate(random)));
        for (var at = 0; at < options.Clients; at++)
            Clients.Add(ClientOf(at + 1));
        Workers = [.. Enumerable.Range(1, WorkerCount).Select(at => new Worker(this, $"w{at}"))];
    }

    public SimOptions Options { get; }

    public Bug Bug { get; }

    public SimWorld World { get; }

    public SimNetwork Network { get; }

    public MemberTimes Times { get; }

    public ClusterConfig Config { get; }

    public ConfigFiles Files { get; }

    public SimStore Store { get; }

    public Catalog Catalog { get; }

    public ImmutableArray<Coordinator> Coordinators { get; }

    public IReadOnlyList<SimMember> Members => MemberList;

    public ImmutableArray<Worker> Workers { get; }

    public RoutingChecker Routing { get; }

    public CollateralChecker Collateral { get; }

    public EffectsChecker Effects { get; }

    public PromptnessChecker Promptness { get; }

    public List<Statement> Statements { get; } = [];

    public List<Client> Clients { get; } = [];

    public TimeSpan StoreTimeout => Times.Ttl / 4;

    public static TimeSpan PollTimeout => Time.Milliseconds(1500);

    /// <summary>Trouble may be acted upon this long after it was.</summary>
    public TimeSpan Patience => 2 * Config.Health.UnresponsiveAfter + 3 * Times.Ttl + TimeSpan.FromSeconds(2);

    /// <summary>Behind the storm everything must work again within this: what was promised runs out, then a member that was not asked takes over, then it decides.</summary>
    public TimeSpan Calm => Times.FailsafeFor + 8 * Times.Ttl + Patience + Config.Health.MinGap * 4;

    /// <summary>What clients wait for has an end, too.</summary>
    public TimeSpan Answers => Config.Hold.MaxTime + Config.Recovery.WritesMaxWait + TimeSpan.FromSeconds(10 * Options.Statements);

    /// <summary>Every member routes, all to one that is configured.</summary>
    public bool IsServing => Members[0].Snapshot.OpenTo is { } open && Files.Has(open) && Members.All(static member => member is { Up: true, Snapshot.OpenTo: not null, MayRoute: true })
        && Members.All(member => member.Snapshot.Epoch == Members[0].Snapshot.Epoch && member.Snapshot.OpenTo == Members[0].Snapshot.OpenTo);

    /// <summary>The storm is over: nothing fails any more.</summary>
    public bool Healed { get; set; }

    private List<SimMember> MemberList { get; } = [];

    public void Begin()
    {
        Store.Start();
        foreach (var coordinator in Coordinators)
            coordinator.Start();
        foreach (var worker in Workers)
        {
            var said = Front.Of(worker);
            Store.Write($"announced/{worker.Name}", said, -1);
        }
        foreach (var member in MemberList)
            World.After(World.Random.Between(0, 300 * Time.Millisecond), member.Start);
        foreach (var worker in Workers)
            World.After(World.Random.Between(0, Time.Second), worker.Start);
        foreach (var client in Clients)
            World.After(World.Random.Between(Time.Second / 2, 3 * Time.Second), client.Start);
        foreach (var coordinator in Coordinators)
            World.After(World.Random.Between(0, Time.Second), () => LookUp(coordinator));
    }

    public string Describe() => string.Join("; ", Members.Select(static member =>
        $"{member.Name} {(member.State.Leads ? "leads, " : "")}{(member.MayRoute ? "" : "may not route, ")}{member.State.Phase} {member.State.Gate} epoch {member.State.Assignment?.Epoch} "
        + $"to {member.Snapshot.OpenTo ?? "nobody"}: {member.State.Reason}{Awaited(member)}"));

    private static string Awaited(SimMember member) => member.State.Member?.Gathering is { } gathering
        ? $" (acks of {string.Join(' ', gathering.Acks.Order(StringComparer.Ordinal))}, asked {(gathering.Asked is { } asked ? string.Join(' ', asked.Keys.Order(StringComparer.Ordinal)) : "nobody yet")})"
        : "";

    public static void Restart(SimNode node)
    {
        if (!node.Up)
            node.Start();
    }

    private Client ClientOf(int number)
    {
        var random = new Rng(Options.Seed ^ ((ulong)number << 40) ^ 0x5747);
        var client = new Client(this, number);
        for (var at = 0; at < Options.Statements; at++)
        {
            var kind = random.Chance(Options.Writes)
                ? random.Chance(0.8) ? SimKind.Write : SimKind.BlindWrite
                : random.Pick([SimKind.Read, SimKind.Read, SimKind.Ordered, SimKind.Random, SimKind.Session]);
            var statement = new Statement
            {
                Number = Statements.Count,
                Kind = kind,
                Rows = 1 + random.Below(20),
                Takes = random.Chance(0.3) ? random.Between(Time.Second, 5 * Time.Second) : random.Between(10 * Time.Millisecond, Time.Second),
                CommitTakes = random.Chance(0.3) ? random.Between(200 * Time.Millisecond, Time.Second) : random.Between(Time.Millisecond, 50 * Time.Millisecond),
                Target = kind == SimKind.Write ? new WriteTarget(WriteKind.Insert, "lake", "sales", "orders") : null,
            };
            Statements.Add(statement);
            client.Send(statement);
        }
        return client;
    }

    /// <summary>Clocks that differ by less than the skew allows over one session.</summary>
    private static double Rate(Rng random) => 1 + (random.Fraction() - 0.5) * 0.08;

    /// <summary>The engine's own discovery client: once a second, and an error leaves it what it has.</summary>
    private void LookUp(Coordinator coordinator)
    {
        World.After(Time.Second, () => LookUp(coordinator));
        if (!coordinator.Up || coordinator.Frozen)
            return;
        var asked = World.Random.Pick(MemberList);
        Network.Request(coordinator, asked, PollTimeout, call => call.Answer(asked.Front.List()), (end, answer) =>
        {
            if (end != CallEnd.Answered || answer is not int workers)
                return;
            CollateralChecker.Listed(coordinator, workers, Workers.Count(static worker => worker.IsOwed));
            coordinator.Workers = workers;
        });
    }
}
