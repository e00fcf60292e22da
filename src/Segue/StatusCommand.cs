using System.CommandLine;
using System.Text.Json;
using Segue.Server.Admin;

namespace Segue;

/// <summary><c>segue status</c>: who is active, since when and why.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var admin = AdminOption.Create();
        var json = new Option<bool>("--json") { Description = "Print the report as JSON, one object a line." };
        var watch = new Option<bool>("--watch") { Description = "Print it anew each second until Ctrl-C." };
        var command = new Command("status", "Show who is active since when and why, every coordinator, and the last events.") { admin, json, watch };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new AdminClient(parsed.GetRequiredValue(admin));
            Action<StatusReport> print = parsed.GetValue(json)
                ? report => Console.Out.WriteLine(JsonSerializer.Serialize(report, AdminJson.Default.StatusReport))
                : report => Screen.Print(StatusView.Render(report, TimeZoneInfo.Local), clear: parsed.GetValue(watch) && !Console.IsOutputRedirected);
            return parsed.GetValue(watch)
                ? await WatchAsync(client, print, cancellation)
                : await OnceAsync(client, print, cancellation);
        });
        return command;
    }

    private static async Task<int> OnceAsync(AdminClient client, Action<StatusReport> print, CancellationToken cancellation)
    {
        var (report, problem, _) = await client.StatusAsync(cancellation);
        if (report is null)
        {
            await Console.Error.WriteLineAsync(problem);
            return StatusExit.NoAnswer;
        }

        print(report);
        return report.Ready ? StatusExit.Ready : StatusExit.NotReady;
    }

    /// <summary>An answer that fails is shown and asked for again: a restart of Segue is a thing to watch.</summary>
    private static async Task<int> WatchAsync(AdminClient client, Action<StatusReport> print, CancellationToken cancellation)
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
}
