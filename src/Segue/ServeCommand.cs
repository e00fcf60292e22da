using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Server.Configuration;
using Segue.Server.Member;
using Segue.Server.Store;
using Segue.Server.Telemetry;

namespace Segue;

/// <summary><c>segue serve</c>: one member, until SIGTERM or Ctrl-C.</summary>
internal static class ServeCommand
{
    private static readonly Option<string?> File = new("--config") { HelpName = "file", Description = "The configuration file; excludes the other options." };
    private static readonly Option<string?> Engine = new("--engine") { HelpName = "presto|trino", Description = "What the coordinators run." };

    private static readonly Option<string[]> Coordinators = new("--coordinator")
    {
        HelpName = "url",
        Description = "A coordinator's URL; once for each, in order of preference.",
        DefaultValueFactory = static _ => [],
    };

    private static readonly Option<string?> Listen = new("--listen") { HelpName = "url", Description = "Where clients and workers come; http://0.0.0.0:8080 unless told." };
    private static readonly Option<string?> Admin = new("--admin") { HelpName = "url", Description = "Status, metrics and health; http://127.0.0.1:8081 unless told." };
    private static readonly Option<string?> Data = new("--data-dir") { HelpName = "directory", Description = "Where the embedded store lives; ./segue-data unless told." };

    public static Command Create()
    {
        var command = new Command("serve", "Stand in front of a cluster's coordinators.") { File, Engine, Coordinators, Listen, Admin, Data };
        command.SetAction(static (parsed, cancellation) => RunAsync(parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var error = parsed.InvocationConfiguration.Error;
        var secrets = ConfigFile.SecretsFromEnvironment();
        var file = parsed.GetValue(File);
        if (file is null == parsed.GetValue(Engine) is null)
        {
            await error.WriteLineAsync("segue serve needs either --config FILE, or --engine presto|trino with --coordinator URL.");
            return 2;
        }
        if (file is not null && Array.Find<Option>([Coordinators, Listen, Admin, Data], option => parsed.GetResult(option) is { Implicit: false }) is { } beside)
        {
            await error.WriteLineAsync($"segue serve: {beside.Name} and --config exclude each other: write it into {file}.");
            return 2;
        }
        var load = file is null ? FromOptions(parsed, secrets) : ConfigFile.Load(file, secrets);
        if (load.Config is not { } config)
        {
            if (load.Unreadable is { } reason)
                await error.WriteLineAsync($"{file}: cannot be read: {reason}");
            foreach (var wrong in load.Errors)
                await error.WriteLineAsync(file is null ? $"segue serve: {OfOption(wrong)}" : $"{file}:{wrong}");
            return 2;
        }
        using var loggers = LoggerSetup.Create(config.Log, TimeProvider.System);
        try
        {
            await ServeAsync(config, file is null ? null : Watch(file, secrets, load, loggers), loggers, cancellation);
            return 0;
        }
        catch (Exception failed) when (failed is StoreStartException or IOException)
        {
            await error.WriteLineAsync($"segue cannot start: {failed.Message}");
            return 1;
        }
        catch (SocketException failed)
        {
            // it does not say which address it means
            await error.WriteLineAsync($"segue cannot start: {failed.Message}: listen is {config.Listen}, admin is {config.Admin}.");
            return 1;
        }
    }

    /// <summary>The error of an option, which has a name and no line.</summary>
    private static string OfOption(ConfigError wrong)
    {
        var option = wrong.Key switch
        {
            "listen" or "admin" => $"--{wrong.Key}",
            "data_dir" => Data.Name,
            "clusters[0].engine" => Engine.Name,
            // there is no option for them
            "clusters[0].coordinators.auth.password" => "SEGUE_AUTH_PASSWORD",
            "clusters[0].coordinators.auth.token" => "SEGUE_AUTH_TOKEN",
            _ when wrong.Key.StartsWith("clusters[0].coordinators", StringComparison.Ordinal) => Coordinators.Name,
            _ => wrong.Key,
        };
        return (wrong with { Key = option }).ToString()["0: ".Length..];
    }

    private static ConfigLoad FromOptions(ParseResult parsed, ConfigSecrets secrets)
    {
        var more = new List<KeyValuePair<string, string>>();
        Add("listen", Listen);
        Add("admin", Admin);
        Add("data_dir", Data);
        return ConfigFile.FromOptions(parsed.GetRequiredValue(Engine)!, parsed.GetRequiredValue(Coordinators), more, secrets);

        void Add(string key, Option<string?> option)
        {
            if (parsed.GetValue(option) is { } value)
                more.Add(new(key, value));
        }
    }

    private static ConfigWatcher Watch(string file, ConfigSecrets secrets, ConfigLoad load, ILoggerFactory loggers) =>
        new(file, secrets, load, loggers.CreateLogger<ConfigWatcher>());

    private static async Task ServeAsync(SegueConfig config, ConfigWatcher? watcher, ILoggerFactory loggers, CancellationToken cancellation)
    {
        // a signal may come while everything below is being disposed: its handler touches nothing that can be
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var canceled = cancellation.Register(() => ended.TrySetResult());
        await using var member = await SegueMember.StartAsync(config, loggers, TimeProvider.System, cancellation);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            watcher?.RequestReload();
        });
        if (watcher is not null)
            watcher.Changed += member.Apply;
        using var stop = new CancellationTokenSource();
        var watching = watcher?.RunAsync(TimeProvider.System, stop.Token) ?? Task.CompletedTask;
        await ended.Task;
        stop.Cancel();
        await watching;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.TrySetResult();
        }
    }
}
