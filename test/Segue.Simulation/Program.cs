using Segue.Simulation.Runs;

namespace Segue.Simulation;

internal static class Program
{
    private static int Main(string[] args) => CommandLine.Run(args, Console.Out);
}
