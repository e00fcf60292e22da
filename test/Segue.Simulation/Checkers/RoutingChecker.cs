using Segue.Simulation.Engines;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Checkers;

/// <summary>I1 in real time: no POST or first poll under an epoch after the first one under a later epoch, and one coordinator for each epoch.</summary>
internal sealed class RoutingChecker(SimWorld world)
{
    /// <summary>What is on its way when its sender stops cannot be called back; nor can one that stands still, whose kernel goes on.</summary>
    private const long OnTheWay = 450 * Time.Millisecond;

    private readonly Dictionary<long, string> _coordinators = [];
    private readonly List<(long Epoch, long At)> _first = [];

    public long Sends { get; private set; }

    public long Highest { get; private set; }

    public void Sent(SimMember member, long epoch, string coordinator)
    {
        Sends++;
        if (!_coordinators.TryAdd(epoch, coordinator))
            SimWorld.Require(_coordinators[epoch] == coordinator, "R1.1", $"{member.Name} sends to {coordinator} under epoch {epoch}, which was {_coordinators[epoch]}'s");
        SimWorld.Require(epoch >= Highest, "I1", $"{member.Name} sends to {coordinator} under epoch {epoch} after somebody has sent under {Highest}");
        if (epoch == Highest)
            return;
        Highest = epoch;
        _first.Add((epoch, world.Now));
        world.Say(member.Name, $"is the first that sends under epoch {epoch}, to {coordinator}");
    }

    public void Arrived(SimMember member, long epoch, Coordinator coordinator)
    {
        if (epoch == Highest || member.Frozen || !member.Up)
            return;
        var later = _first.Find(one => one.Epoch > epoch);
        SimWorld.Require(world.Now - Math.Max(later.At, member.ThawedAt) <= OnTheWay, "R1.3", $"a send of {member.Name} under epoch {epoch} reaches {coordinator.Name} long after the first one under {later.Epoch}");
    }
}
