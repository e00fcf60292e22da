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
        command.SetAction((parsed, cancellation) =>
        {
            var output = parsed.InvocationConfiguration;
            return CheckAsync(parsed.GetRequiredValue(file), output.Output, output.Error, cancellation);
        });
        return command;
    }

    /// <summary>What is around it is told and no error of the file: it may be checked elsewhere than where it is used.</summary>
    /// <returns>0 where the file is good, 1 where it has errors, 2 where it cannot be read.</returns>
    private static async Task<int> CheckAsync(string file, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var load = ConfigFile.Load(file, ConfigFile.SecretsFromEnvironment());
        if (load.Unreadable is { } reason)
        {
            await error.WriteLineAsync($"{file}: cannot be read: {reason}");
            return 2;
        }
        foreach (var wrong in load.Errors)
            await error.WriteLineAsync($"{file}:{wrong}");
        if (load.Config is not { } config)
            return 1;
        var cluster = config.Clusters[0];
        await output.WriteLineAsync($"{file}: fine: cluster {cluster.Name} ({cluster.Engine}), {cluster.Coordinators.Length} coordinators, "
            + $"listens on {config.Listen}, admin on {config.Admin}, store {config.Store.Url}");
        foreach (var sentence in await SurroundingsCheck.LookAsync(config, TimeProvider.System, cancellation))
            await output.WriteLineAsync($"{file}: {sentence}");
        return 0;
    }
}
