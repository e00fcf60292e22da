namespace Segue.Simulation.World;

/// <summary>How a call ended for who called.</summary>
internal enum CallEnd
{
    Answered,

    /// <summary>Nobody listens at the address: nothing was taken.</summary>
    Refused,

    /// <summary>No connection came about: nothing was taken.</summary>
    Unreachable,

    /// <summary>The connection broke; it may have been taken.</summary>
    Reset,

    /// <summary>No answer in time; it may have been taken, or may yet be.</summary>
    Timeout,

    /// <summary>Who called has given it up.</summary>
    Closed,
}

/// <summary>A request and its answer over one connection.</summary>
internal sealed class Call(SimNode from, SimNode to, Action<CallEnd, object?> done)
{
    private readonly int _fromLife = from.Life;

    public SimNode From => from;

    public SimNode To => to;

    /// <summary>The life of the server that the connection is to.</summary>
    public int ToLife { get; set; }

    /// <summary>For who called it is over.</summary>
    public bool Ended { get; private set; }

    /// <summary>Who called is not there any more; the server learns it where the network lets it.</summary>
    public bool Abandoned => Ended || !from.Up || from.Life != _fromLife;

    public void End(CallEnd end, object? answer) => from.Run(_fromLife, () =>
    {
        if (Ended)
            return;
        Ended = true;
        done(end, answer);
    });

    /// <summary>Gives it up: what is not yet on its way is never sent.</summary>
    public void Close()
    {
        if (Ended)
            return;
        Ended = true;
        done(CallEnd.Closed, null);
    }

    /// <summary>The server's answer.</summary>
    public void Answer(object? answer) => to.Network.Carry(to, from, () => End(CallEnd.Answered, answer), () => Ended);
}
