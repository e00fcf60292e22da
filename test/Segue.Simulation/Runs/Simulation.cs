using Segue.Simulation.Bugs;
using Segue.Simulation.Faults;
using Segue.Simulation.World;

namespace Segue.Simulation.Runs;

/// <summary>How one seed ended.</summary>
/// <param name="Rule">The rule that was broken, or null.</param>
internal sealed record SimResult(SimOptions Options, string? Rule, string What, ulong Hash, long Events, long Sends, int Switches, long Virtual, IReadOnlyList<string> Trace)
{
    public bool Failed => Rule is not null;
}

/// <summary>One seed: the storm, then, where it is demanded, the calm in which everything must work again.</summary>
internal static class Simulation
{
    private const long Look = Time.Second / 4;

    /// <summary>A member that was started in the storm is warm by then.</summary>
    private const long Lists = 45 * Time.Second;

    public static SimResult Run(SimOptions options, Bug bug = Bug.None, bool traced = false)
    {
        var cluster = new Cluster(options, bug, traced);
        var world = cluster.World;
        try
        {
            cluster.Begin();
            var storm = new Storm(cluster);
            var faults = Fault.Draw(options);
            storm.Begin(faults);
            world.RunUntil(options.Storm.Ticks);
            if (!options.SafetyOnly)
            {
                world.Say("storm", $"is over");
                storm.Heal();
                Converge(cluster);
            }
            return Result(null, "");
        }
        catch (ViolationException violation)
        {
            return Result(violation.Rule, violation.Message);
        }
        // a total function that threw is a finding, too
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or NullReferenceException or ArgumentException)
        {
            return Result("bug", exception.ToString());
        }

        SimResult Result(string? rule, string what) => new(
            options, rule, what, world.Hash, world.Events, cluster.Routing.Sends, cluster.Collateral.Switches, world.Now, world.Lines);
    }

    private static void Converge(Cluster cluster)
    {
        var world = cluster.World;
        var limit = world.Now + cluster.Calm.Ticks;
        while (!cluster.IsServing)
        {
            SimWorld.Require(world.Now < limit, "convergence", $"{cluster.Calm.TotalSeconds:0.0} s after everything works again: {cluster.Describe()}");
            world.RunUntil(world.Now + Look);
        }
        limit = world.Now + cluster.Answers.Ticks;
        while (cluster.Clients.Find(static client => !client.IsDone) is { } waits)
        {
            SimWorld.Require(world.Now < limit, "I7", $"{waits.Name} still waits for {waits.Current} {cluster.Answers.TotalSeconds:0} s after everything works again");
            world.RunUntil(world.Now + Look);
        }
        // what is late arrives
        world.RunUntil(world.Now + 3 * Time.Second);
        limit = world.Now + Lists;
        while (cluster.Coordinators.FirstOrDefault(one => one.Workers < cluster.Workers.Length) is { } lacks)
        {
            SimWorld.Require(world.Now < limit, "R9", $"{lacks.Name} has {lacks.Workers} of {cluster.Workers.Length} workers, which all live, long after everything works again");
            world.RunUntil(world.Now + Look);
        }
    }
}
