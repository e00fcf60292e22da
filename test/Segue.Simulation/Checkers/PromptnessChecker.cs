using Segue.Simulation.Clients;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Checkers;

/// <summary>I8: a statement is answered as soon as ever while nothing but the store is in trouble.</summary>
internal sealed class PromptnessChecker(Cluster cluster)
{
    /// <summary>There and back, twice.</summary>
    private const long Bound = 100 * Time.Millisecond;

    /// <summary>Harm that began before this has ended.</summary>
    private const long Past = 7 * Time.Second;

    private const long UsualDelay = 3 * Time.Millisecond;

    /// <summary>A member that may send has a client's POST.</summary>
    public void Posted(SimMember member, Call call, Statement statement)
    {
        if (member.Snapshot.OpenTo is null || !member.MayRoute || !IsAllElseInOrder())
            return;
        cluster.World.After(Bound, () => SimWorld.Require(
            call.Ended || !IsAllElseInOrder(), "I8", $"{member.Name} has not answered the POST of {statement} in {Bound / Time.Millisecond} ms, and nothing but the store is in trouble"));
    }

    private bool IsAllElseInOrder() => cluster.Network is { Loss: 0, MaxDelay: <= UsualDelay }
        && cluster.Network.Nodes.All(node => node == cluster.Store || (node is { Up: true, Frozen: false } && node.TroubleAt < cluster.World.Now - Past));
}
