namespace Segue.Simulation.Bugs;

/// <summary>How many seeds, from the first on, are enough to catch a mistake; docs/simulation.md says the same.</summary>
internal static class Caught
{
    public static int Within(Bug bug) => bug switch
    {
        Bug.None => throw new InvalidOperationException("there is nothing to catch"),
        _ => 5000,
    };
}
