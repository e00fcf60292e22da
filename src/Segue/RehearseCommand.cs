using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Segue.Core.Model;
using Segue.Rehearsal;

namespace Segue;

/// <summary><c>segue rehearse</c>: small stand-ins for the engines' nodes.</summary>
internal static class RehearseCommand
{
    private static readonly Option<string> Engine = Restricted("--engine", "The protocol to speak: presto or trino.", "presto", "trino");
    private static readonly Option<int> Port = Checked(new Option<int>("--port") { Description = "The port to listen on.", Required = true },
        static port => port is >= 1 and <= 65535, "must be from 1 to 65535");
    private static readonly Option<string> Address = Checked(Defaulted("--address", "The IP address to listen on and to announce.", "127.0.0.1"),
        static address => IPAddress.TryParse(address, out _), "is not an IP address");
    private static readonly Option<Uri?> Discovery = new("--discovery")
    {
        Description = "Where to announce this node. Without it a Presto coordinator is its own discovery server.",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
                return uri;
            result.AddError($"--discovery: '{result.Tokens[0].Value}' is not an http URL");
            return null;
        },
    };
    private static readonly Option<string?> NodeId = new("--node-id") { Description = "The node's id. Default: its role and port." };
    private static readonly Option<string> EnvironmentName = Defaulted("--environment", "The cluster's environment.", "test");
    private static readonly Option<string?> Secret = new("--internal-secret") { Description = "Trino's internal shared secret. Default: the environment's name." };
    private static readonly Option<string?> Data = Checked(new Option<string?>("--data") { Description = "A SQLite file that holds what is written; coordinators may share it. Default: memory." },
        static file => file is null || Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))), "is in no directory that there is");
    private static readonly Option<int> PageRows = Checked(new Option<int>("--page-rows") { Description = "Most rows on a page.", DefaultValueFactory = _ => 1000 },
        static rows => rows >= 1, "must be at least 1");
    private static readonly Option<double> RowDelay = Milliseconds("--row-delay", "Time that each row takes");
    private static readonly Option<double> PageDelay = Milliseconds("--page-delay", "Time that each page takes");
    private static readonly Option<double> FirstPollDelay = Milliseconds("--first-poll-delay", "Time that a statement stays queued after its first poll");
    private static readonly Option<double> StartDelay = Milliseconds("--start-delay", "Time during which statements fail with SERVER_STARTING_UP");
    private static readonly Option<Faults> FaultRates = new("--faults")
    {
        Description = $"What goes wrong on purpose: name=rate[,name=rate…] with rates from 0 to 1. Names: {Faults.Names}.",
        DefaultValueFactory = _ => Faults.None,
        CustomParser = result =>
        {
            try
            {
                return Faults.Parse(result.Tokens[0].Value);
            }
            catch (FormatException failure)
            {
                result.AddError($"--faults: {failure.Message}");
                return Faults.None;
            }
        },
    };
    private static readonly Option<int> Seed = new("--seed") { Description = "Makes the faults repeatable.", DefaultValueFactory = _ => 1 };

    public static Command Create() => new("rehearse", "Run a small stand-in for an engine's node: it speaks the protocol, and SQLite runs the SQL.")
    {
        Node("coordinator", "A stand-in coordinator.", async (options, stop) => await RehearsalCoordinator.StartAsync(options, stop),
            [Data, PageRows, RowDelay, PageDelay, FirstPollDelay, StartDelay, FaultRates, Seed]),
        Node("worker", "A stand-in worker.", async (options, stop) => await RehearsalWorker.StartAsync(options, stop), []),
    };

    private static Command Node(
        string role, string description, Func<RehearsalOptions, CancellationToken, Task<RehearsalNode>> start, IEnumerable<Option> knobs)
    {
        var command = new Command(role, description);
        foreach (var option in (Option[])[Engine, Port, Address, Discovery, NodeId, EnvironmentName, Secret, .. knobs])
            command.Add(option);
        if (role == "worker")
            command.Validators.Add(result =>
            {
                if (result.GetResult(Discovery) is null)
                    result.AddError("A worker needs --discovery: the URL where it announces itself.");
            });
        command.SetAction((parse, stop) => RunAsync(role, OptionsOf(parse, role), start, stop));
        return command;
    }

    private static async Task<int> RunAsync(
        string role, RehearsalOptions options, Func<RehearsalOptions, CancellationToken, Task<RehearsalNode>> start, CancellationToken stop)
    {
        try
        {
            await using var node = await start(options, stop);
            Console.WriteLine($"rehearsal {options.Engine} {role} {options.NodeId} listens on {node.Self}");
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var signalled = stop.Register(stopped.SetResult);
            await stopped.Task;
            await node.StopAsync(CancellationToken.None);
            return 0;
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            await Console.Error.WriteLineAsync($"segue rehearse: {failure.Message}");
            return 1;
        }
    }

    private static RehearsalOptions OptionsOf(ParseResult parse, string role) => new()
    {
        Engine = parse.GetValue(Engine) == "trino" ? EngineKind.Trino : EngineKind.Presto,
        Port = parse.GetValue(Port),
        Address = parse.GetValue(Address)!,
        Discovery = parse.GetValue(Discovery),
        NodeId = parse.GetValue(NodeId) ?? $"{role}-{parse.GetValue(Port)}",
        Environment = parse.GetValue(EnvironmentName)!,
        InternalSecret = parse.GetValue(Secret),
        Data = role == "worker" ? null : parse.GetValue(Data),
        PageRows = role == "worker" ? 1 : parse.GetValue(PageRows),
        RowDelay = Delay(parse, RowDelay, role),
        PageDelay = Delay(parse, PageDelay, role),
        FirstPollDelay = Delay(parse, FirstPollDelay, role),
        StartDelay = Delay(parse, StartDelay, role),
        Faults = role == "worker" ? Faults.None : parse.GetValue(FaultRates)!,
        Seed = role == "worker" ? 1 : parse.GetValue(Seed),
    };

    private static TimeSpan Delay(ParseResult parse, Option<double> option, string role) =>
        role == "worker" ? TimeSpan.Zero : TimeSpan.FromMilliseconds(parse.GetValue(option));

    private static Option<string> Restricted(string name, string description, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, Required = true };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static Option<string> Defaulted(string name, string description, string value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Option<double> Milliseconds(string name, string what) =>
        Checked(new Option<double>(name) { Description = $"{what}, in milliseconds.", DefaultValueFactory = _ => 0 },
            static delay => delay is >= 0 and <= 3_600_000, "must be from 0 to 3600000");

    private static Option<T> Checked<T>(Option<T> option, Func<T, bool> allowed, string otherwise)
    {
        option.Validators.Add(result =>
        {
            // what is no value of its type has an error already
            if (!result.Errors.Any() && !allowed(result.GetValueOrDefault<T>()))
                result.AddError($"{option.Name}: '{string.Join(' ', result.Tokens.Select(static token => token.Value))}' {otherwise}");
        });
        return option;
    }
}
