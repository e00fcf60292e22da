using Segue.Core.Discovery;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Engines;

/// <summary>Announces itself to one member after the other, which tells the rest.</summary>
internal sealed class Worker(Cluster cluster, string name) : SimNode(cluster.World, cluster.Network, name, 1, 0)
{
    /// <summary>When its word has reached a member again that it can reach, and that one has told the rest.</summary>
    private const long Heard = 8 * Time.Second;

    private long? _takenBackAt;
    private long _hiddenUntil;

    /// <summary>It lives and has not taken itself back: a list that had it has it still.</summary>
    public bool IsOwed => Up && !(World.Now - _takenBackAt < Heard) && World.Now >= _hiddenUntil;

    /// <summary>As it is told to: it takes its announcement back.</summary>
    public void End()
    {
        if (!Up)
            return;
        _takenBackAt = World.Now;
        var (to, life) = (World.Random.Pick(cluster.Members), Life);
        Network.Send(this, to, () =>
        {
            // it names the node alone: one that comes late takes back what the next process has announced (R9)
            if (Life != life)
                _hiddenUntil = World.Now + AnnouncementTable.Expiry.Ticks + Heard;
            to.Front.TakenBack(Name);
        });
    }

    protected override void Started()
    {
        Announce();
        Every(TimeSpan.FromSeconds(1), Announce);
    }

    private void Announce()
    {
        var said = Front.Of(this);
        var to = World.Random.Pick(cluster.Members);
        Network.Send(this, to, () => to.Front.Heard(said));
    }
}
