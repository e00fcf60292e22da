using Segue.Simulation.Bugs;
using Segue.Simulation.Faults;

namespace Segue.Simulation.Runs;

/// <summary>Takes away what a failure does not need: faults, statements, clients, members.</summary>
internal static class Shrinker
{
    private const int TriesAtMost = 200;

    public static SimOptions Smallest(SimOptions options, Bug bug, string rule)
    {
        var tries = 0;
        for (var shrank = true; shrank && tries < TriesAtMost;)
        {
            shrank = false;
            foreach (var smaller in Smaller(options))
            {
                if (++tries > TriesAtMost)
                    break;
                if (Simulation.Run(smaller, bug).Rule != rule)
                    continue;
                (options, shrank) = (smaller, true);
                break;
            }
        }
        return options;
    }

    private static IEnumerable<SimOptions> Smaller(SimOptions options)
    {
        var kept = Fault.Draw(options).Select(static fault => fault.Number).ToHashSet();
        if (kept.Count > 1)
            yield return options with { Kept = new HashSet<int>() };
        foreach (var number in kept)
            yield return options with { Kept = kept.Where(one => one != number).ToHashSet() };
        if (options.Statements > 1)
            yield return options with { Statements = options.Statements - 1 };
        if (options.Clients > 1)
            yield return options with { Clients = options.Clients - 1 };
        if (options.Members > 2)
            yield return options with { Members = options.Members - 1 };
        if (options.Coordinators > 2)
            yield return options with { Coordinators = options.Coordinators - 1 };
    }
}
