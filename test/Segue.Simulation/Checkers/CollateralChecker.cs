using Segue.Core.Failover;
using Segue.Core.Leadership;
using Segue.Simulation.Clients;
using Segue.Simulation.Engines;
using Segue.Simulation.Members;
using Segue.Simulation.Runs;
using Segue.Simulation.World;

namespace Segue.Simulation.Checkers;

/// <summary>What must not happen to the living: a healthy coordinator deposed, a present one fenced, a worker list shortened, switches without end.</summary>
internal sealed class CollateralChecker(Cluster cluster)
{
    private long _epoch;
    private string? _active;
    private long _reign;
    private long? _lastSlow;

    public int Switches { get; private set; }

    public string? Active => _active;

    /// <summary>A member opens an epoch; the first one that does tells of the change.</summary>
    public void Opened(SimMember member, ConductorState state)
    {
        if (state.Assignment is not { } assignment || assignment.Epoch <= _epoch)
            return;
        var (before, after) = (_active, assignment.Active);
        (_epoch, _active) = (assignment.Epoch, after);
        // the same process goes on under a planned epoch: what runs there is of its time
        if (before != after || !assignment.Planned)
            _reign = assignment.Epoch;
        if (before is null || before == after || assignment.Planned || !cluster.Files.Has(before))
            return;
        Switches++;
        var lost = cluster.Coordinators.First(one => one.Name == before);
        var world = cluster.World;
        SimWorld.Require(
            lost.TroubleAt >= world.Now - cluster.Patience.Ticks,
            "R2.1", $"{member.Name} replaces {before}, which has been in order: {assignment.Reason}");
        if (lost.Slowness == 0 || lost.HardTroubleAt >= world.Now - cluster.Patience.Ticks)
            return;
        SimWorld.Require(
            _lastSlow is not { } last || world.Now - last >= cluster.Config.Health.MinGap.Ticks * 9 / 10,
            "R2.2", $"{member.Name} replaces {before} for its slowness soon after another such switch: {assignment.Reason}");
        _lastSlow = world.Now;
    }

    public void Fenced(SimMember member, Coordinator coordinator, Deposition deposition)
    {
        cluster.World.Say(member.Name, $"fences {coordinator.Name} {deposition.Incarnation} of epoch {deposition.Epoch}");
        SimWorld.Require(
            coordinator.Name != _active,
            "R8.2", $"{member.Name} fences {coordinator.Name}, deposed by epoch {deposition.Epoch}, which is active by epoch {_epoch}");
    }

    public void Ended(SimMember member, Coordinator coordinator, List<(Statement Statement, long Epoch)> ended)
    {
        if (ended.Count == 0)
            return;
        cluster.World.Say(member.Name, $"ends {string.Join(", ", ended)} on {coordinator.Name}");
        // what a clock that was set back dates before the deposition cannot be told apart
        SimWorld.Require(
            coordinator.Name != _active || cluster.Options.Harms.HasFlag(Harms.JumpClocks) || ended.TrueForAll(one => one.Epoch < _reign),
            "R8.1", $"{member.Name} ends {string.Join(", ", ended)} on {coordinator.Name}, which has been active since epoch {_reign}");
    }

    public static void Listed(Coordinator coordinator, int workers, int alive) => SimWorld.Require(
        workers >= coordinator.Workers || workers >= alive,
        "R9", $"the list of {coordinator.Name} shrinks from {coordinator.Workers} workers to {workers} while {alive} live");
}
