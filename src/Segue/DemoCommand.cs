using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Segue.Demo;

namespace Segue;

/// <summary><c>segue demo</c>: a whole cluster on this machine whose coordinators die, and clients that do not notice.</summary>
internal static class DemoCommand
{
    private static readonly Option<string> Engine = EngineOption();
    private static readonly Option<bool> Real = new("--real") { Description = "Real engines; SEGUE_ENGINE_SCRIPT names the script that starts them." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as one JSON object, last; the steps go to the error stream." };
    private static readonly Option<bool> Stay = new("--stay") { Description = "Leave it running at the end and say how to connect, until Ctrl-C." };

    public static Command Create()
    {
        var command = new Command("demo", "Kill and stop the coordinators of a small cluster under load and show what its clients see.") { Engine, Real, Json, Stay };
        command.SetAction(static async (parsed, cancellation) =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // a terminal that closes must not leave the children behind
            using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                stop.Cancel();
            });
            return await RunAsync(parsed, stop.Token);
        });
        return command;
    }

    /// <returns>0 where no query failed, 1 where one did or the demo could not go on, 2 without the engines that were asked for, 130 after Ctrl-C.</returns>
    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var real = parsed.GetValue(Real);
        var script = real ? RealNodes.FindScript() : null;
        if (real && script is null)
        {
            await Console.Error.WriteLineAsync(
                "segue demo --real needs the script that starts real engines, and found none: name it in SEGUE_ENGINE_SCRIPT, or run without --real.");
            return 2;
        }
        var options = new DemoOptions(parsed.GetRequiredValue(Engine), script, parsed.GetValue(Json), parsed.GetValue(Stay));
        try
        {
            return await PlayAsync(options, cancellation);
        }
        catch (DemoException failed)
        {
            await Console.Error.WriteLineAsync($"segue demo: {failed.Message}");
            return 1;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return 130;
        }
    }

    private static async Task<int> PlayAsync(DemoOptions options, CancellationToken cancellation)
    {
        var story = new DemoStory(new Tally());
        await using var cast = new DemoCast(options, story);
        var play = new DemoScript(options, story, cast);
        var result = await DemoView.ShowAsync(story, options.Json ? Console.Error : null, () => play.PlayAsync(cancellation));
        var words = options.Json ? Console.Error : Console.Out;
        await words.WriteLineAsync();
        foreach (var line in DemoSummary.Lines(result, story.Tally.Count))
            await words.WriteLineAsync(line);
        if (options.Json)
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, DemoJson.Default.DemoResult));
        if (options.Stay)
            await StayAsync(options, cast, words, cancellation);
        return result.Failed == 0 ? 0 : 1;
    }

    private static async Task StayAsync(DemoOptions options, DemoCast cast, TextWriter words, CancellationToken cancellation)
    {
        await words.WriteLineAsync();
        foreach (var line in DemoSummary.HowToConnect(options, cast))
            await words.WriteLineAsync(line);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellation.Register(ended.SetResult);
        await ended.Task;
    }

    private static Option<string> EngineOption()
    {
        var option = new Option<string>("--engine") { Description = "presto or trino.", DefaultValueFactory = static _ => "presto" };
        option.AcceptOnlyFromAmong("presto", "trino");
        return option;
    }
}
