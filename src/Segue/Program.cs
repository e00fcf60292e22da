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
            HistoryCommand.Create(),
            QueriesCommand.Create(),
            RehearseCommand.Create(),
            DemoCommand.Create(),
            VersionCommand.Create(),
        };
        // longer than any orderly end takes, that of the demo with all of its children included
        return root.Parse(arguments).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }
}
