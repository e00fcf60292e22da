using Segue.Core.Health;
using Segue.Simulation.Clients;
using Segue.Simulation.Engines;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Gateways;

/// <summary>One member's client side.</summary>
internal sealed class Gateway(SimMember member)
{
    private static readonly Statement Probe = new() { Number = -1, Kind = SimKind.Read, Rows = 1, Takes = 0, CommitTakes = 0 };

    private Cluster Cluster => member.Cluster;

    /// <summary>Someone always sends: whether that is right is seen at each moment.</summary>
    public void Start() => member.Every(Time.Milliseconds(80), () => SendPost(Probe, static (_, _) => { }));

    /// <summary>A POST through the open epoch.</summary>
    /// <returns>False where nothing may be sent now.</returns>
    public bool SendPost(Statement statement, Action<CallEnd, PostAnswer?> done)
    {
        if (member.Snapshot is not { OpenTo: { } open, Epoch: var epoch } || Coordinator(open) is not { } coordinator)
            return false;
        return SendFirst(epoch, coordinator, call => coordinator.Post(call, statement), (end, answer) => done(end, (PostAnswer?)answer));
    }

    /// <summary>What begins something goes through the gate, at whose last look the right to route must stand (R1.3).</summary>
    public bool SendFirst(long epoch, Coordinator coordinator, Action<Call> serve, Action<CallEnd, object?> done)
    {
        if (!member.Gate.IsOpenTo(epoch, coordinator.Name) || !member.MayRoute)
            return false;
        Cluster.Routing.Sent(member, epoch, coordinator.Name);
        var call = member.Network.Request(member, coordinator, Simulation.Cluster.PollTimeout, arrived =>
        {
            Cluster.Routing.Arrived(member, epoch, coordinator);
            serve(arrived);
        }, (end, answer) =>
        {
            if (end == CallEnd.Answered)
                member.Observe(coordinator.Name, new Observation.TrafficAnswered(null));
            else if (end != CallEnd.Closed)
                member.Observe(coordinator.Name, new Observation.TrafficFailed(end.ToString()));
            done(end, answer);
        });
        member.Gate.Sends(call);
        return true;
    }

    private Coordinator? Coordinator(string name) => Cluster.Coordinators.FirstOrDefault(one => one.Name == name);
}
