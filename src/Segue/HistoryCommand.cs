using System.CommandLine;
using System.Text.Json;
using Segue.Server.Admin;

namespace Segue;

/// <summary><c>segue history</c>: what was decided and seen, of all members.</summary>
internal static class HistoryCommand
{
    private const int Most = 1000;

    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    private static readonly Option<Uri> Admin = AdminOption.Create();
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print each event as JSON, one a line." };
    private static readonly Option<bool> Follow = new("--follow") { Description = "Go on with what happens until Ctrl-C." };

    private static readonly Option<int> Last = new("--last")
    {
        HelpName = "n",
        Description = $"Begin with the last n events, at most {Most}.",
        DefaultValueFactory = static _ => 100,
    };

    public static Command Create()
    {
        Last.Validators.Add(static result =>
        {
            if (result.Tokens is [var asked] && (!int.TryParse(asked.Value, out var last) || last is < 1 or > Most))
                result.AddError($"--last {asked.Value}: a number from 1 to {Most} is expected.");
        });
        var command = new Command("history", "Tell what was decided and seen, of all members, oldest first.") { Admin, AsJson, Last, Follow };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new AdminClient(parsed.GetRequiredValue(Admin));
            var last = parsed.GetValue(Last);
            return parsed.GetValue(Follow)
                ? await FollowAsync(client, last, parsed.GetValue(AsJson), cancellation)
                : await OnceAsync(client, last, parsed.GetValue(AsJson), cancellation);
        });
        return command;
    }

    private static async Task<int> OnceAsync(AdminClient client, int last, bool json, CancellationToken cancellation)
    {
        var (report, problem, _) = await client.HistoryAsync(last, cancellation);
        if (report is null)
        {
            await Console.Error.WriteLineAsync(problem);
            return StatusExit.NoAnswer;
        }
        if (json)
            Print(report, json);
        else if (report.Length == 0)
            Screen.Print(Screen.Line("nothing has happened yet"));
        else
            Screen.Print(HistoryView.Render([.. report], TimeProvider.System.GetUtcNow(), TimeZoneInfo.Local));
        return StatusExit.Ready;
    }

    /// <summary>What another member wrote may belong between what was printed before; it is printed when it comes. A member that does not answer is asked again.</summary>
    private static async Task<int> FollowAsync(AdminClient client, int last, bool json, CancellationToken cancellation)
    {
        HashSet<EventReport>? known = null;
        var exit = StatusExit.NoAnswer;
        string? said = null;
        using var timer = new PeriodicTimer(Refresh, TimeProvider.System);
        try
        {
            do
            {
                var (report, problem, _) = await client.HistoryAsync(Most, cancellation);
                exit = report is null ? StatusExit.NoAnswer : StatusExit.Ready;
                if (problem is not null && problem != said)
                    await Console.Error.WriteLineAsync(problem);
                said = problem;
                if (report is null)
                    continue;
                Print(known is null ? report.TakeLast(last) : report.Where(one => !known.Contains(one)), json);
                known = [.. report];
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how following ends
        }
        return exit;
    }

    private static void Print(IEnumerable<EventReport> events, bool json)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var one in events)
            Console.Out.WriteLine(json ? JsonSerializer.Serialize(one, AdminJson.Default.EventReport) : HistoryView.Line(one, now, TimeZoneInfo.Local));
    }
}
