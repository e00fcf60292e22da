using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Simulation.Clients;
using Segue.Simulation.World;

namespace Segue.Simulation.Engines;

/// <summary>One configured coordinator: an address behind which one process after the other answers.</summary>
internal sealed class Coordinator(SimWorld world, SimNetwork network, Catalog catalog, string name, double rate)
    : SimNode(world, network, name, rate, world.Random.Between(0, Time.Second))
{
    private const string Letters = "abcdefghijkmnpqrstuvwxyz23456789";

    private readonly List<(SimNode Member, int Life, Action<bool> Closed)> _wires = [];
    private readonly List<EngineProcess> _unseen = [];
    private TimeSpan _startedAt;
    private int _moves;

    public EngineProcess Process { get; private set; } = null!;

    /// <summary>Answers wait this long, at most: it is overloaded.</summary>
    public long Slowness { get; set; }

    /// <summary>Statements are refused for this long behind a start.</summary>
    public long StartTakes { get; set; } = 300 * Time.Millisecond;

    public string Address => $"10.0.{Index}.{_moves}";

    /// <summary>Workers that it would plan on.</summary>
    public int Workers { get; set; }

    public bool IsInTrouble => !Up || Frozen || Slowness > 0 || IsStarting;

    private bool IsStarting => World.Now < StartEnds;

    private long StartEnds { get; set; }

    public NodeInfo Info => new()
    {
        Version = "480",
        Environment = "sim",
        Coordinator = true,
        Starting = IsStarting,
        Uptime = TimeSpan.FromMilliseconds(Math.Floor((Monotonic.SinceStart - _startedAt).TotalMilliseconds / 10) * 10),
        State = "ACTIVE",
        NodeId = Name,
        Incarnation = Process.Incarnation,
    };

    /// <summary>What the process of an incarnation does next, in its own time.</summary>
    public void Run(EngineProcess process, Action action)
    {
        if (!process.Alive)
            return;
        if (process == Process)
            Run(Life, action);
        else
            action();
    }

    /// <param name="epoch">Under which it was sent; for checkers.</param>
    public void Post(Call call, Statement statement, long epoch) => Answer(call, () =>
        call.Answer(IsStarting ? new PostAnswer(null, "SERVER_STARTING_UP") : new PostAnswer(Process.Post(statement, epoch), null)));

    public void Poll(Call call, string queryId, int page) => Answer(call, () => Process.Poll(call, queryId, page));

    public void Tell(Call call) => Answer(call, () => call.Answer(Info));

    public void Cancel(Call call, string queryId) => Answer(call, () =>
    {
        Process.Cancel(queryId, "USER_CANCELED");
        call.Answer("canceled");
    });

    /// <summary>An idle connection stands from now on.</summary>
    public void Wire(SimNode member, Action<bool> closed) => _wires.Add((member, member.Life, closed));

    /// <summary>Its server closes idle connections.</summary>
    public void CloseIdle() => CloseWires(byPeer: true);

    /// <summary>Another host takes its name, and the old one is cut off from all but the catalog.</summary>
    /// <param name="closes">Something on the way closes the connections for it.</param>
    public void MoveAway(bool closes)
    {
        World.Say(Name, $"is replaced by a process on another host, and {Process.Incarnation} lives on unseen");
        Troubled();
        if (closes)
            CloseWires(byPeer: true);
        else
            _wires.Clear();
        _unseen.Add(Process);
        _moves++;
        Begin();
    }

    /// <summary>Those of them that are the process which is to end: a fence command that says it succeeded has found it.</summary>
    public void EndUnseen(Incarnation incarnation)
    {
        foreach (var process in _unseen.Where(process => process.Incarnation == incarnation))
            process.Alive = false;
    }

    protected override void Started() => Begin();

    protected override void Crashed()
    {
        Process.Alive = false;
        CloseWires(byPeer: true);
    }

    private void Begin()
    {
        _startedAt = Monotonic.SinceStart;
        StartEnds = World.Now + (Life == 1 ? 0 : StartTakes);
        var letters = new char[5];
        for (var at = 0; at < letters.Length; at++)
            letters[at] = Letters[World.Random.Below(Letters.Length)];
        Process = new EngineProcess(World, this, catalog, new string(letters));
    }

    private void CloseWires(bool byPeer)
    {
        foreach (var (member, life, closed) in _wires)
            Network.Carry(this, member, () => member.Run(life, () => closed(byPeer)), static () => false);
        _wires.Clear();
    }

    private void Answer(Call call, Action act)
    {
        if (Slowness == 0)
            act();
        else
            World.After(World.Random.Between(0, Slowness), () => Run(call.ToLife, act));
    }
}
