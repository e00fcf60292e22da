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

    public const string Fences = "fence/";

    private static readonly TimeSpan TryEvery = Time.Milliseconds(300);

    private readonly HashSet<string> _active = [];
    private readonly HashSet<Incarnation> _proven = [];

    private Cluster Cluster => member.Cluster;

    /// <summary>What a process before was about.</summary>
    public void Begin(Action then) => member.AskStore(static store => store.Read(Process), (answered, process) =>
    {
        if (!answered)
        {
            member.After(TryEvery, () => Begin(then));
            return;
        }
        member.Take(new ConductorInput.ProcessRead((ActiveProcess?)((Stored?)process)?.Value));
        ReadFences(0, then);
    });

    public void ReadFences(long question, Action? then = null) => member.AskStore(static store => store.List(Fences), (answered, list) =>
    {
        if (!answered)
        {
            member.After(TryEvery, () => ReadFences(question, then));
            return;
        }
        var fences = ((List<Stored>)list!).Select(static one => (FenceRecord)one.Value).ToList();
        foreach (var proven in fences.Where(one => one.End == FenceEnd.Succeeded && _proven.Add(one.Incarnation)))
            member.Observe(proven.Coordinator, new Observation.FenceSucceeded(proven.Incarnation));
        member.Take(new ConductorInput.FencesRead(
            [.. fences.Where(static one => one.End != FenceEnd.Succeeded).Select(one => new BegunFence(one.Coordinator, one.Incarnation, one.End ?? (member.State.Member is null ? FenceEnd.Unknown : null)))],
            question));
        then?.Invoke();
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
        var begun = new FenceRecord(deposition.Coordinator, deposition.Incarnation!.Value, null);
        var key = $"{Fences}{deposition.Coordinator}/{begun.Incarnation}/{deposition.Epoch}";
        // it waits for its turn among the operator's commands
        member.After(Time.Milliseconds(member.World.Random.Between(0, 1500)), () =>
        {
            if (member.Has(Bug.AStaleConductorFences))
            {
                Run(deposition, key, begun);
                return;
            }
            // recorded first: who leads after this one's lease reads the record
            member.AskStore(store => (store.Write(key, begun, expected: 0), store.Read(key), store.Read(Duties.Lease)), (answered, found) =>
            {
                if (!answered)
                {
                    Ended(deposition, FenceEnd.Failed);
                    return;
                }
                var (version, known, lease) = ((long?, Stored?, Stored?))found!;
                if (version is null)
                    Ended(deposition, ((FenceRecord?)known?.Value)?.End ?? FenceEnd.Unknown);
                else if (member.State.Member is { } membership && !((string?)lease?.Value == member.Id && member.State.Leads && membership.HasSession(member.Monotonic)))
                {
                    Keep(key, begun with { End = FenceEnd.Failed });
                    Ended(deposition, FenceEnd.Failed);
                }
                else
                    Run(deposition, key, begun);
            });
        });
    }

    private void Run(Deposition deposition, string key, FenceRecord begun)
    {
        var incarnation = begun.Incarnation;
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
                Keep(key, begun with { End = FenceEnd.Succeeded });
                Ended(deposition, FenceEnd.Succeeded);
                if (_proven.Add(incarnation))
                    member.Observe(deposition.Coordinator, new Observation.FenceSucceeded(incarnation));
            });
        });
    }

    /// <summary>Its end is known: nobody has to fear it any more.</summary>
    private void Keep(string key, FenceRecord ended) => member.AskStore(store => store.Write(key, ended, expected: -1), (answered, _) =>
    {
        if (!answered)
            member.After(TryEvery, () => Keep(key, ended));
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

/// <param name="End">Null from before it was run until it was seen to end.</param>
internal sealed record FenceRecord(string Coordinator, Incarnation Incarnation, FenceEnd? End);
