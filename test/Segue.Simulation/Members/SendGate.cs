using Segue.Simulation.World;

namespace Segue.Simulation.Members;

/// <summary>Counts the sends under the epoch that is open; closing it ends them (R1.3).</summary>
internal sealed class SendGate
{
    private readonly List<Call> _sends = [];

    public long? Epoch { get; private set; }

    public string? Coordinator { get; private set; }

    public void OpenTo(long epoch, string coordinator) => (Epoch, Coordinator) = (epoch, coordinator);

    public bool IsOpenTo(long epoch, string coordinator) => Epoch == epoch && Coordinator == coordinator;

    public void Sends(Call call)
    {
        _sends.RemoveAll(static one => one.Ended);
        _sends.Add(call);
    }

    /// <summary>Nothing enters any more; what is under way is broken off.</summary>
    public void Close(bool breaksOff)
    {
        Epoch = null;
        Coordinator = null;
        if (!breaksOff)
            return;
        foreach (var call in _sends.ToArray())
            call.Close();
        _sends.Clear();
    }
}
