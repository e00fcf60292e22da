using Segue.Core.Model;

namespace Segue.Simulation.World;

/// <summary>One process with its own clocks. What reaches it while it is frozen happens, late, when it thaws.</summary>
internal class SimNode
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Queue<(int Life, Action Action)> _late = new();
    private readonly List<Call> _serving = [];
    private long _wallOffset;

    protected SimNode(SimWorld world, SimNetwork network, string name, double rate, long offset)
    {
        (World, Network, Name, Rate) = (world, network, name, rate);
        MonotonicOffset = offset;
        Index = network.Add(this);
    }

    public SimWorld World { get; }

    public SimNetwork Network { get; }

    public string Name { get; }

    public int Index { get; }

    /// <summary>How fast its clocks run.</summary>
    public double Rate { get; }

    public bool Up { get; private set; }

    public bool Frozen { get; private set; }

    /// <summary>Counts its starts.</summary>
    public int Life { get; private set; }

    /// <summary>When it went on last after it had stood still, in global time.</summary>
    public long ThawedAt { get; private set; } = long.MinValue;

    /// <summary>When it was last not in order, in global time; for checkers.</summary>
    public long TroubleAt { get; private set; } = long.MinValue;

    /// <summary>The same without slowness.</summary>
    public long HardTroubleAt { get; private set; } = long.MinValue;

    private long MonotonicOffset { get; }

    public Instant Monotonic => new(TimeSpan.FromTicks(MonotonicOffset + (long)(World.Now * Rate)));

    public DateTimeOffset Wall => Epoch.AddTicks((long)(World.Now * Rate) + _wallOffset);

    public void Troubled(bool hard = true)
    {
        TroubleAt = World.Now;
        HardTroubleAt = hard ? World.Now : HardTroubleAt;
    }

    public void JumpWall(long by) => _wallOffset += by;

    public void Start()
    {
        (Up, Frozen) = (true, false);
        Life++;
        _late.Clear();
        World.Say(Name, $"starts, life {Life}");
        Started();
    }

    /// <summary>The process ends, and the kernel closes its connections.</summary>
    public void Crash()
    {
        if (!Up)
            return;
        World.Say(Name, $"crashes");
        Troubled();
        Up = false;
        Frozen = false;
        _late.Clear();
        Crashed();
        Network.Closed(this, _serving);
        _serving.Clear();
    }

    public void Freeze()
    {
        if (!Up || Frozen)
            return;
        World.Say(Name, $"freezes");
        Troubled();
        Frozen = true;
    }

    public void Thaw()
    {
        if (!Frozen)
            return;
        World.Say(Name, $"thaws");
        Troubled();
        ThawedAt = World.Now;
        Frozen = false;
        while (!Frozen && Up && _late.TryDequeue(out var late))
        {
            if (late.Life == Life)
                late.Action();
        }
    }

    /// <summary>Happens here, now or when it thaws, unless the process of that life has ended.</summary>
    public void Run(int life, Action action)
    {
        if (!Up || life != Life)
            return;
        if (Frozen)
            _late.Enqueue((life, action));
        else
            action();
    }

    /// <summary>A timer of this process.</summary>
    /// <param name="span">By its own clock.</param>
    public void After(TimeSpan span, Action action)
    {
        var life = Life;
        World.After((long)(span.Ticks / Rate), () => Run(life, action));
    }

    public void Every(TimeSpan span, Action action) => After(span, () =>
    {
        action();
        Every(span, action);
    });

    public void Serve(Call call)
    {
        if (_serving.Count > 64)
            _serving.RemoveAll(static one => one.Ended);
        _serving.Add(call);
    }

    protected virtual void Started()
    {
    }

    protected virtual void Crashed()
    {
    }
}
