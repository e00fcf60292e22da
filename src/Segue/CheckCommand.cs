using System.CommandLine;
using Segue.Server.Configuration;

namespace Segue;

/// <summary><c>segue check FILE</c>: every error of a configuration, without starting anything.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The configuration file." };
        var command = new Command("check", "Check a configuration file and print every error in it.") { file };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration;
            return Check(parsed.GetRequiredValue(file), output.Output, output.Error);
        });
        return command;
    }

    /// <returns>0 where the file is good, 1 where it has errors, 2 where it cannot be read.</returns>
    private static int Check(string file, TextWriter output, TextWriter error)
    {
        var load = ConfigFile.Load(file, ConfigFile.SecretsFromEnvironment());
        if (load.Unreadable is { } reason)
        {
            error.WriteLine($"{file}: cannot be read: {reason}");
            return 2;
        }
        foreach (var wrong in load.Errors)
            error.WriteLine($"{file}:{wrong}");
        if (load.Config is not { } config)
            return 1;
        var cluster = config.Clusters[0];
        output.WriteLine($"{file}: fine: cluster {cluster.Name} ({cluster.Engine}), {cluster.Coordinators.Length} coordinators, "
            + $"listens on {config.Listen}, admin on {config.Admin}, store {config.Store.Url}");
        return 0;
    }
}
