using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Simulation.Bugs;
using Segue.Simulation.Stores;
using Segue.Simulation.World;

namespace Segue.Simulation.Members;

/// <summary>What is done to a coordinator that lost the role: its old queries are ended, and the operator's fence command is run once (R8).</summary>
internal sealed class Cleaning(SimMember member)
{
    public const string Process = "process";

    private const string Fences = "fence/";

    private static readonly TimeSpan TryEvery = Time.Milliseconds(300);

    private readonly HashSet<string> _active = [];

    private Cluster Cluster => member.Cluster;

    public void ReadFences(Action then) => member.AskStore(static store => (store.List(Fences), store.Read(Process)), (answered, found) =>
    {
        if (!answered)
        {
            member.After(TryEvery, () => ReadFences(then));
            return;
        }
        var (list, process) = ((List<Stored>, Stored?))found!;
        if (!member.State.Leads || member.State.Member is null)
            member.Take(new ConductorInput.ProcessRead((ActiveProcess?)process?.Value));
        member.Take(new ConductorInput.FencesRead([.. list.Select(static one => (string[])one.Value).Select(static parts => (parts[0], new Incarnation(parts[1])))]));
        then();
    });

    public void Begin(Deposition deposition)
    {
        if (deposition.Incarnation is null)
            return;
        _active.Add(deposition.Coordinator);
        Try(deposition);
    }

    public void End(string coordinator) => _active.Remove(coordinator);

    public void Fence(Deposition deposition)
    {
        var incarnation = deposition.Incarnation!.Value;
        var key = $"{Fences}{deposition.Coordinator}/{incarnation}/{deposition.Epoch}";
        // it waits for its turn among the operator's commands
        member.After(Time.Milliseconds(member.World.Random.Between(0, 1500)), () =>
        {
            if (member.Has(Bug.AStaleConductorFences))
            {
                Run(deposition, key);
                return;
            }
            // recorded first: who leads after this one's lease reads the record
            member.AskStore(store => store.Write(key, new[] { deposition.Coordinator, incarnation.Value }, expected: 0), (answered, version) =>
            {
                if (!answered || version is null)
                    Ended(deposition, answered ? FenceEnd.Failed : FenceEnd.Unknown);
                else if (member.State.Member is null)
                    Run(deposition, key);
                else
                    LookAtLease(deposition, key);
            });
        });
    }

    private void LookAtLease(Deposition deposition, string key) => member.AskStore(static store => store.Read(Duties.Lease), (answered, lease) =>
    {
        if (answered && (string?)((Stored?)lease)?.Value == member.Id && member.State.Leads)
            Run(deposition, key);
        else
            Ended(deposition, FenceEnd.Unknown);
    });

    private void Run(Deposition deposition, string key)
    {
        var incarnation = deposition.Incarnation!.Value;
        var coordinator = Cluster.Coordinators.First(one => one.Name == deposition.Coordinator);
        var life = member.Life;
        Cluster.Collateral.Fences(member, deposition);
        member.World.After(member.World.Random.Between(10 * Time.Millisecond, 200 * Time.Millisecond), () =>
        {
            coordinator.EndUnseen(incarnation);
            if (coordinator.Up && coordinator.Process.Incarnation == incarnation)
            {
                Cluster.Collateral.Fenced(member, coordinator, deposition);
                coordinator.Crash();
                member.World.After(member.World.Random.Between(Time.Second / 2, 2 * Time.Second), () => Simulation.Cluster.Restart(coordinator));
            }
            member.Run(life, () =>
            {
                Forget(key);
                Ended(deposition, FenceEnd.Succeeded);
                member.Observe(deposition.Coordinator, new Observation.FenceSucceeded(incarnation));
            });
        });
    }

    /// <summary>Its end is known: nobody has to fear it any more.</summary>
    private void Forget(string key) => member.AskStore(store => store.Read(key) is { } kept && store.Delete(key, kept.Version), (answered, _) =>
    {
        if (!answered)
            member.After(TryEvery, () => Forget(key));
    });

    private void Ended(Deposition deposition, FenceEnd end) =>
        member.Take(new ConductorInput.FenceEnded(deposition.Coordinator, deposition.Incarnation!.Value, end, $"the fence command for {deposition.Coordinator} ended: {end}"));

    private void Try(Deposition deposition)
    {
        if (!_active.Contains(deposition.Coordinator) || !member.State.Deposed.ContainsKey(deposition.Coordinator))
            return;
        var coordinator = Cluster.Coordinators.First(one => one.Name == deposition.Coordinator);
        member.Network.Request(
            member,
            coordinator,
            Simulation.Cluster.PollTimeout,
            call =>
            {
                if (coordinator.Process.Incarnation == deposition.Incarnation)
                    Cluster.Collateral.Ended(member, coordinator, coordinator.Process.EndOld(deposition.At));
                call.Answer(coordinator.Process.Incarnation);
            },
            (end, _) =>
            {
                if (end == CallEnd.Answered)
                    member.Take(new ConductorInput.CleanedUp(deposition.Coordinator, deposition.Generation));
                else
                    member.After(TryEvery, () => Try(deposition));
            });
    }
}
