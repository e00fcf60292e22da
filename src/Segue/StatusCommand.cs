using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Segue.Server.Admin;
using Spectre.Console;

namespace Segue;

/// <summary><c>segue status</c>: who is active, since when and why.</summary>
internal static class StatusCommand
{
    // wide enough that no sentence is broken where a program reads it
    private const int PlainWidth = 1000;

    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var admin = new Option<Uri>("--admin")
        {
            Description = "The admin port's URL; SEGUE_ADMIN is taken where it is not given.",
            HelpName = "url",
            CustomParser = result => Parse(result, result.Tokens[0].Value),
            DefaultValueFactory = result => Parse(result, Environment.GetEnvironmentVariable("SEGUE_ADMIN") ?? "http://127.0.0.1:8081")!,
        };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON, one object a line." };
        var watch = new Option<bool>("--watch") { Description = "Print it anew each second until Ctrl-C." };
        var command = new Command("status", "Show who is active since when and why, every coordinator, and the last events.") { admin, json, watch };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new StatusClient(parsed.GetRequiredValue(admin));
            Action<StatusReport> print = parsed.GetValue(json)
                ? report => Console.Out.WriteLine(JsonSerializer.Serialize(report, AdminJson.Default.StatusReport))
                : report => Print(report, clear: parsed.GetValue(watch) && !Console.IsOutputRedirected);
            return parsed.GetValue(watch)
                ? await WatchAsync(client, print, cancellation)
                : await OnceAsync(client, print, cancellation);
        });
        return command;
    }

    private static Uri? Parse(ArgumentResult result, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;
        result.AddError($"{text}: a URL such as http://127.0.0.1:8081 is expected.");
        return null;
    }

    private static async Task<int> OnceAsync(StatusClient client, Action<StatusReport> print, CancellationToken cancellation)
    {
        var (report, problem) = await client.AskAsync(cancellation);
        if (report is null)
        {
            await Console.Error.WriteLineAsync(problem);
            return StatusExit.NoAnswer;
        }

        print(report);
        return report.Ready ? StatusExit.Ready : StatusExit.NotReady;
    }

    /// <summary>An answer that fails is shown and asked for again: a restart of Segue is a thing to watch.</summary>
    private static async Task<int> WatchAsync(StatusClient client, Action<StatusReport> print, CancellationToken cancellation)
    {
        var last = StatusExit.NoAnswer;
        using var timer = new PeriodicTimer(Refresh, TimeProvider.System);
        try
        {
            do
                last = await OnceAsync(client, print, cancellation);
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how watching ends
        }

        return last;
    }

    private static void Print(StatusReport report, bool clear)
    {
        // said outright: left to itself, Spectre judges by TERM and colours what goes into a file
        var plain = Console.IsOutputRedirected;
        var colourless = plain || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = colourless ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (plain)
            console.Profile.Width = PlainWidth;
        if (clear)
            console.Clear();
        console.Write(StatusView.Render(report, TimeZoneInfo.Local));
        console.WriteLine();
    }
}
