using System.CommandLine;

namespace Segue;

/// <summary>The commands of `segue`; each has its own file.</summary>
internal static class Commands
{
    public static IEnumerable<Command> All =>
    [
        RehearseCommand.Create(),
    ];
}
