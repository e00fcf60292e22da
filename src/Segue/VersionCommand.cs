using System.CommandLine;
using System.Runtime.InteropServices;
using Segue.Server;

namespace Segue;

/// <summary><c>segue version</c>: what a bug report needs.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Print the version, the engines it was tried with, and the runtime.");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(Text));
        return command;
    }

    internal static string Text => $"""
        segue   {SegueVersion.Current}
        engines tried with Presto 0.287 and Trino 483
        runtime {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}

        """;
}
