namespace Segue.Simulation.World;

/// <summary>Links in each direction: delay, loss, doubling, reordering, cuts. Connections behave as TCP does.</summary>
internal sealed class SimNetwork(SimWorld world)
{
    /// <summary>A segment that was lost is sent again after this.</summary>
    private const long Retransmit = 200 * Time.Millisecond;

    private readonly List<SimNode> _nodes = [];
    private readonly List<(int From, int To, Action Deliver, Func<bool> Given)> _stuck = [];
    private int[,] _cuts = new int[0, 0];

    /// <summary>The usual time of one way, at least and at most.</summary>
    public long MinDelay { get; set; } = Time.Millisecond / 5;

    public long MaxDelay { get; set; } = 3 * Time.Millisecond;

    /// <summary>Of a message without a connection; a connection's come late instead.</summary>
    public double Loss { get; set; }

    public double Doubling { get; set; }

    public IReadOnlyList<SimNode> Nodes => _nodes;

    public int Add(SimNode node)
    {
        _nodes.Add(node);
        var larger = new int[_nodes.Count, _nodes.Count];
        for (var from = 0; from < _nodes.Count - 1; from++)
        {
            for (var to = 0; to < _nodes.Count - 1; to++)
                larger[from, to] = _cuts[from, to];
        }
        _cuts = larger;
        return _nodes.Count - 1;
    }

    public bool IsCut(SimNode from, SimNode to) => _cuts[from.Index, to.Index] > 0;

    public void Cut(SimNode from, SimNode to)
    {
        _cuts[from.Index, to.Index]++;
        from.Troubled();
        to.Troubled();
    }

    public void Mend(SimNode from, SimNode to)
    {
        from.Troubled();
        to.Troubled();
        if (--_cuts[from.Index, to.Index] > 0)
            return;
        // what was sent meanwhile goes on its way
        foreach (var (_, _, deliver, given) in _stuck.Where(one => one.From == from.Index && one.To == to.Index).ToList())
        {
            if (!given())
                world.After(world.Random.Between(Time.Millisecond, Retransmit), deliver);
        }
        _stuck.RemoveAll(one => one.From == from.Index && one.To == to.Index);
    }

    /// <summary>A message that nobody answers: it may be lost, doubled, or overtake another.</summary>
    public void Send(SimNode from, SimNode to, Action action)
    {
        var copies = world.Random.Chance(Doubling) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            if (IsCut(from, to) || world.Random.Chance(Loss))
                continue;
            var late = copy == 1 ? world.Random.Between(0, Time.Second) : 0;
            world.After(Delay() + late, () => to.Run(to.Life, action));
        }
    }

    /// <summary>Over a connection: late where segments are lost, and behind a cut's end.</summary>
    /// <param name="given">The connection was closed by who sends.</param>
    public void Carry(SimNode from, SimNode to, Action deliver, Func<bool> given)
    {
        if (IsCut(from, to))
            _stuck.Add((from.Index, to.Index, deliver, given));
        else
            world.After(Delay() + (Loss > 0 && world.Random.Chance(Loss) ? Retransmit : 0), deliver);
    }

    /// <param name="serve">Run by the server with the call, which it answers.</param>
    /// <param name="timeout">By the caller's clock.</param>
    /// <param name="arrived">Run when it reaches the server's host, whether the server is awake or not.</param>
    /// <param name="lingers">Who sent it gives it up without breaking the connection off: behind a cut it still comes.</param>
    public Call Request(SimNode from, SimNode to, TimeSpan timeout, Action<Call> serve, Action<CallEnd, object?> done, Action? arrived = null, bool lingers = false)
    {
        var call = new Call(from, to, done);
        // half of them find a connection that stands
        var fresh = world.Random.Chance(0.5);
        call.ToLife = to.Life;
        if (fresh && (IsCut(from, to) || IsCut(to, from)))
        {
            from.After(timeout, () => call.End(CallEnd.Unreachable, null));
            return call;
        }
        Carry(from, to, () => Arrive(call, fresh, serve, arrived), () => call.Abandoned && !lingers);
        from.After(timeout, () => call.End(CallEnd.Timeout, null));
        return call;
    }

    /// <summary>A process has ended: those whose connections it had are told, where the network lets it.</summary>
    public void Closed(SimNode node, List<Call> calls)
    {
        foreach (var call in calls)
        {
            if (!call.Ended)
                Carry(node, call.From, () => call.End(CallEnd.Reset, null), () => call.Ended);
        }
    }

    public long Delay() => world.Random.Between(MinDelay, MaxDelay);

    private void Arrive(Call call, bool fresh, Action<Call> serve, Action? arrived)
    {
        var to = call.To;
        if (!to.Up || (!fresh && to.Life != call.ToLife))
        {
            Carry(to, call.From, () => call.End(to.Up || !fresh ? CallEnd.Reset : CallEnd.Refused, null), () => call.Ended);
            return;
        }
        call.ToLife = to.Life;
        arrived?.Invoke();
        to.Serve(call);
        to.Run(to.Life, () => serve(call));
    }
}
