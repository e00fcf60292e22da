using Segue.Simulation.Clients;
using Segue.Simulation.Engines;
using Segue.Simulation.Members;
using Segue.Simulation.Runs;
using Segue.Simulation.World;

namespace Segue.Simulation.Faults;

/// <summary>Makes faults happen, and undoes what they left.</summary>
internal sealed class Storm(Cluster cluster)
{
    private readonly List<Action> _undo = [];

    private SimWorld World => cluster.World;

    public void Begin(IEnumerable<Fault> faults)
    {
        foreach (var fault in faults)
            World.After(fault.At, () => Happen(fault));
    }

    /// <summary>Everything works again, at once.</summary>
    public void Heal()
    {
        cluster.Healed = true;
        foreach (var undo in _undo.ToArray())
            undo();
        foreach (var node in cluster.Network.Nodes)
        {
            node.Thaw();
            Cluster.Restart(node);
        }
    }

    private void Happen(Fault fault)
    {
        if (cluster.Healed)
            return;
        World.Say("fault", $"{fault.Kind} for {fault.Lasts / 1e7:0.00} s");
        switch (fault.Kind)
        {
            case Harms.CrashCoordinator:
                Crash(Victim(fault), fault.Lasts);
                break;
            case Harms.FreezeCoordinator:
                Freeze(Victim(fault), fault.Lasts);
                break;
            case Harms.CrashMember:
                Crash(Member(fault.Who), fault.Lasts);
                break;
            case Harms.FreezeMember:
                Freeze(fault.Strength < 0.5 ? Conductor() : Member(fault.Who), fault.Lasts);
                break;
            case Harms.CutMembers:
                Cut(Member(fault.Who), fault.Strength < 0.4 ? cluster.Members : [Member(fault.Whom)], fault);
                break;
            case Harms.CutCoordinator:
                Cut(Victim(fault), fault.Strength < 0.5 ? cluster.Members : [Member(fault.Whom)], fault);
                break;
            case Harms.CutStore:
                Cut(cluster.Store, fault.Strength < 0.2 ? cluster.Members : [fault.Strength < 0.5 ? Conductor() : Member(fault.Who)], fault);
                break;
            case Harms.StopStore:
                if (fault.Strength < 0.5)
                    Freeze(cluster.Store, fault.Lasts);
                else
                    Crash(cluster.Store, fault.Lasts);
                break;
            case Harms.SlowStore:
                SlowStore(fault);
                break;
            case Harms.LossyNetwork:
                For(fault.Lasts, () => (cluster.Network.Loss, cluster.Network.Doubling) = (fault.Strength * 0.3, 0.3), () => (cluster.Network.Loss, cluster.Network.Doubling) = (0, 0));
                break;
            case Harms.SlowNetwork:
                For(fault.Lasts, () => cluster.Network.MaxDelay = (long)(fault.Strength * 200 * Time.Millisecond), () => cluster.Network.MaxDelay = 3 * Time.Millisecond);
                break;
            case Harms.RestoreStore:
                Restore(fault);
                break;
            case Harms.SlowCoordinator:
                Slow(Victim(fault), fault);
                break;
            case Harms.JumpClocks:
                Jump(fault);
                break;
            case Harms.RollingRestart:
                for (var at = 0; at < cluster.Members.Count; at++)
                {
                    var member = cluster.Members[at];
                    World.After(at * Time.Second, () =>
                    {
                        if (fault.Strength < 0.5)
                            member.End();
                        Crash(member, 300 * Time.Millisecond);
                    });
                }
                break;
            case Harms.Zombie:
                if (Victim(fault) is { Up: true } moved)
                    moved.MoveAway(closes: fault.Strength < 0.5);
                break;
            case Harms.MoveOn:
                // the active one dies, and soon the one that took over
                Crash(Active() ?? Victim(fault), fault.Lasts / 2);
                World.After(Time.Second + fault.Lasts / 4, () =>
                {
                    if (Active() is { } next)
                        Crash(next, fault.Lasts / 2);
                });
                break;
            case Harms.IdleClose:
                Victim(fault).CloseIdle();
                break;
            case Harms.CutClients:
                Cut(cluster.Members[fault.Who % cluster.Members.Count], cluster.Clients, fault);
                break;
            case Harms.TakeOut:
                TakeOut(Victim(fault).Name, fault);
                break;
            case Harms.SetFence:
                cluster.Files.Fence(configured: fault.Strength < 0.5);
                break;
            case Harms.EndWorker:
                EndWorker(Worker(fault.Who), fault);
                break;
            case Harms.CutWorker:
                Cut(Worker(fault.Who), fault.Strength < 0.5 ? cluster.Members : [Member(fault.Whom)], fault);
                break;
            case Harms.CancelQuery:
                CancelQuery(fault);
                break;
            default:
                throw new InvalidOperationException($"no such harm: {fault.Kind}");
        }
    }

    private Worker Worker(int which) => cluster.Workers[which % cluster.Workers.Length];

    private SimMember Member(int which) => cluster.Members[which % cluster.Members.Count];

    private SimMember Conductor() => cluster.Members.FirstOrDefault(static member => member.Up && member.State.Leads) ?? cluster.Members[0];

    /// <summary>The active one more often than another.</summary>
    private Coordinator Victim(Fault fault) => (fault.Strength < 0.65 ? Active() : null) ?? cluster.Coordinators[fault.Who % cluster.Coordinators.Length];

    private Coordinator? Active() => cluster.Coordinators.FirstOrDefault(one => one.Name == cluster.Collateral.Active);

    private void Crash(SimNode node, long lasts)
    {
        node.Crash();
        World.After(lasts, () => Cluster.Restart(node));
    }

    private void Freeze(SimNode node, long lasts)
    {
        node.Freeze();
        World.After(lasts, node.Thaw);
    }

    /// <summary>Killed, or told to end; it comes back, or not before the calm.</summary>
    private void EndWorker(Worker worker, Fault fault)
    {
        if (fault.Strength < 0.5)
            worker.End();
        worker.Crash();
        if (fault.Whom % 3 != 0)
            World.After(fault.Lasts, () => Cluster.Restart(worker));
    }

    /// <summary>An operator looks at what runs, and ends one; at the member that has it, as every other one would pass it on.</summary>
    private void CancelQuery(Fault fault)
    {
        Statement[] runs = [.. cluster.Clients.Select(static client => client.Current).OfType<Statement>()];
        if (runs.Length == 0 || runs[fault.Who % runs.Length] is not { Owner: { } owner } statement)
            return;
        owner.Member.Run(owner.Life, () => owner.Member.Gateway.Kill(statement));
    }

    private void Cut(SimNode one, IReadOnlyList<SimNode> others, Fault fault)
    {
        var (there, back) = (fault.Who % 3 != 0, fault.Who % 3 != 1);
        var pairs = others.Where(other => other != one).ToArray();
        For(
            fault.Lasts,
            () => Links(cluster.Network.Cut),
            () => Links(cluster.Network.Mend));

        void Links(Action<SimNode, SimNode> change)
        {
            foreach (var other in pairs)
            {
                if (there)
                    change(one, other);
                if (back)
                    change(other, one);
            }
        }
    }

    /// <summary>For a while, or for good.</summary>
    private void TakeOut(string coordinator, Fault fault)
    {
        if (cluster.Files.TakeOut(coordinator) && fault.Whom % 3 != 0)
            World.After(fault.Lasts, () => cluster.Files.PutBack(coordinator));
    }

    private void Slow(Coordinator coordinator, Fault fault)
    {
        coordinator.Troubled(hard: false);
        For(
            fault.Lasts,
            () => coordinator.Slowness = (long)(fault.Strength * 3 * Time.Second),
            () =>
            {
                coordinator.Slowness = 0;
                coordinator.Troubled(hard: false);
            });
    }

    private void SlowStore(Fault fault)
    {
        For(fault.Lasts, () => Slower((long)(fault.Strength * cluster.Times.Ttl.Ticks), (long)(fault.Strength * Time.Second)), () => Slower(0, 5 * Time.Millisecond));

        void Slower(long answers, long watches)
        {
            (cluster.Store.Slowness, cluster.Store.WatchDelay) = (answers, watches);
            cluster.Store.Troubled();
        }
    }

    private void Jump(Fault fault)
    {
        var node = cluster.Network.Nodes[fault.Who % cluster.Network.Nodes.Count];
        node.JumpWall((long)((fault.Strength - 0.5) * 20 * Time.Second));
    }

    /// <summary>As it is done by the book: stopped for longer than any session, then started from the copy.</summary>
    private void Restore(Fault fault)
    {
        cluster.Store.TakeCopy();
        World.After(fault.Lasts / 2, () =>
        {
            if (cluster.Healed || !cluster.Store.Up)
                return;
            cluster.Store.Crash();
            World.After((long)(cluster.Times.Ttl.Ticks * 1.3), () =>
            {
                if (cluster.Store.Up)
                    return;
                cluster.Store.Restore();
                cluster.Store.Start();
            });
        });
    }

    private void For(long lasts, Action begin, Action end)
    {
        var ended = false;
        begin();
        _undo.Add(Once);
        World.After(lasts, Once);

        void Once()
        {
            if (ended)
                return;
            ended = true;
            end();
        }
    }
}
