using System.CommandLine;

namespace Segue;

internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        var root = new RootCommand("Coordinator high availability for Presto and Trino: a coordinator's death is a short pause, not an error.")
        {
            ServeCommand.Create(),
            CheckCommand.Create(),
            StatusCommand.Create(),
            RehearseCommand.Create(),
            DemoCommand.Create(),
            VersionCommand.Create(),
        };
        return root.Parse(arguments).InvokeAsync();
    }
}
