using System.CommandLine;

namespace Segue;

internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        var serve = ServeCommand.Create();
        var root = new RootCommand("Coordinator high availability for Presto and Trino: a coordinator's death is a short pause, not an error.")
        {
            serve,
            CheckCommand.Create(),
            StatusCommand.Create(),
            HistoryCommand.Create(),
            QueriesCommand.Create(),
            RehearseCommand.Create(),
            DemoCommand.Create(),
            VersionCommand.Create(),
        };
        var parsed = root.Parse(arguments);
        // a member's end has the times that are configured (members.drain, hooks), and a supervisor; of the others it is longer than any orderly end
        // takes, that of the demo with all of its children included
        var patience = parsed.CommandResult.Command == serve ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(10);
        return parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = patience });
    }
}
