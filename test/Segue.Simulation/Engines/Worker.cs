using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Engines;

/// <summary>Announces itself to one member after the other, which tells the rest.</summary>
internal sealed class Worker(Cluster cluster, string name) : SimNode(cluster.World, cluster.Network, name, 1, 0)
{
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
