using Segue.Core.Failover;
using Segue.Core.Leadership;
using Segue.Core.Model;
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
    private readonly HashSet<Deposition> _fenced = [];
    private readonly Dictionary<long, (string Active, Incarnation? Process)> _proposed = [];
    private Incarnation? _process;

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
            (_reign, _process) = (assignment.Epoch, _proposed.GetValueOrDefault(assignment.Epoch).Process);
        if (before is null || before == after || assignment.Planned || !cluster.Files.Has(before))
            return;
        Switches++;
        var lost = Of(before);
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

    /// <summary>What was over before the active process answered last is no reason any more to replace it (I9).</summary>
    public void Proposed(SimMember member, Assignment proposal)
    {
        if (proposal.Phase != AssignmentPhase.Proposed)
            return;
        // one that was begun is completed by whoever comes next
        var begun = _proposed.Any(one => one.Key > _epoch && one.Value.Active == proposal.Active);
        _proposed[proposal.Epoch] = (proposal.Active, member.State.Health.GetValueOrDefault(proposal.Active)?.Incarnation);
        if (begun || proposal.Planned || _active is not { } active || proposal.Active == active || !member.State.IsConfigured(active))
            return;
        var lost = Of(active);
        if (lost.IsInTrouble || cluster.Network.IsCut(member, lost) || cluster.Network.IsCut(lost, member)
            || member.Watchers.GetValueOrDefault(active)?.Answered is not { } last || last.By != _process)
            return;
        SimWorld.Require(
            lost.TroubleAt >= last.AskedAt,
            "R2.1", $"{member.Name} proposes {proposal.Active} in the place of {active}, which has been in order since it answered last: {proposal.Reason}");
    }

    /// <summary>The command is run, whether its process is still there or not.</summary>
    public void Fences(SimMember member, Deposition deposition) => SimWorld.Require(
        _fenced.Add(deposition with { At = default, Generation = 0 }), "R8.2", $"{member.Name} fences {deposition.Coordinator} {deposition.Incarnation} of epoch {deposition.Epoch} a second time");

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

    private Coordinator Of(string name) => cluster.Coordinators.First(one => one.Name == name);

    public static void Listed(Coordinator coordinator, int workers, int alive) => SimWorld.Require(
        workers >= coordinator.Workers || workers >= alive,
        "R9", $"the list of {coordinator.Name} shrinks from {coordinator.Workers} workers to {workers} while {alive} live");
}
