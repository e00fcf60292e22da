using Segue.Core.Configuration;
using Segue.Simulation.World;

namespace Segue.Simulation.Members;

/// <summary>The configuration as operators write it: a file at each member, changed at one after the other and read again a little later.</summary>
internal sealed class ConfigFiles(Cluster cluster)
{
    private const long SlowestHand = 2 * Time.Second;

    private readonly Dictionary<string, int> _out = [];

    /// <summary>What all members will have once they have read it.</summary>
    public ClusterConfig Last { get; private set; } = cluster.Config;

    public bool Has(string coordinator) => Last.Coordinators.Any(one => one.Name == coordinator);

    /// <summary>Out of the list, unless it is the only one left.</summary>
    /// <returns>Whether it was.</returns>
    public bool TakeOut(string coordinator)
    {
        if (Last.Coordinators.All(one => one.Name == coordinator))
            return false;
        _out[coordinator] = _out.GetValueOrDefault(coordinator) + 1;
        Write(Last.Fence);
        return true;
    }

    public void PutBack(string coordinator)
    {
        _out[coordinator]--;
        Write(Last.Fence);
    }

    public void Fence(bool configured) => Write(new CommandConfig { Command = configured ? ["fence"] : [] });

    private void Write(CommandConfig fence)
    {
        Last = cluster.Config with
        {
            Coordinators = [.. cluster.Config.Coordinators.Where(one => _out.GetValueOrDefault(one.Name) == 0)],
            Fence = fence,
        };
        foreach (var coordinator in cluster.Coordinators)
            coordinator.Troubled();
        cluster.World.Say("operator", $"configures {string.Join(' ', Last.Coordinators.Select(static one => one.Name))}{(fence.Command.IsEmpty ? "" : " and the fence command")}");
        var written = Last;
        foreach (var member in cluster.Members)
        {
            cluster.World.After(cluster.World.Random.Between(0, SlowestHand), () =>
            {
                // a slower hand does not bring an older file
                if (written == Last || member.File != Last)
                    member.Reload(Last);
            });
        }
    }
}
