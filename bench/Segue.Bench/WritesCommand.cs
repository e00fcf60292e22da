using System.CommandLine;
using Segue.EndToEnd.Load;

namespace Segue.Bench;

/// <summary><c>writes</c>: the coordinator of a write into an Iceberg table is killed at a random moment of it, again and again.</summary>
internal static class WritesCommand
{
    private static readonly Option<int> Kills = new("--kills") { Description = "How many coordinators are killed.", DefaultValueFactory = static _ => 100 };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of the moments at which they die.", DefaultValueFactory = static _ => 1 };
    private static readonly Option<string> Only = new("--only") { Description = $"One kind of write: {string.Join(", ", LakeStory.Kinds)}." };
    private static readonly Option<string> Log = new("--log") { Description = "A file for what Segue said meanwhile." };

    public static Command Create()
    {
        var command = new Command("writes", "Kill real Trino coordinators while they write Iceberg tables, and count how often each write took effect.") { Kills, Seed, Only, Log };
        command.SetAction(static parsed => RunAsync(parsed.GetValue(Kills), parsed.GetValue(Seed), parsed.GetValue(Only) is { } only ? [only] : LakeStory.Kinds, parsed.GetValue(Log)));
        return command;
    }

    private static async Task<int> RunAsync(int kills, int seed, IReadOnlyList<string> kinds, string? log)
    {
        await using var story = await LakeStory.StartAsync(seed, kinds);
        var deaths = new List<WriteDeath>();
        try
        {
            Console.WriteLine($"{"kill",-5} {"write",-8} {"killed after ms",16} {"told",-24} {"count",9} {"effects",8} {"took ms",9}");
            for (var number = 1; number <= kills; number++)
            {
                var death = await story.KillAsync(kinds[(number - 1) % kinds.Count]);
                deaths.Add(death);
                Console.WriteLine(
                    $"{number,-5} {death.Kind,-8} {death.KilledAfter.TotalMilliseconds,16:0} {death.Told,-24} {death.Count?.ToString() ?? "-",9} {death.Effects,8} {death.Took.TotalMilliseconds,9:0}"
                    + $"{(death.IsRight ? "" : " WRONG")} {death.Text}");
            }
        }
        finally
        {
            if (log is not null)
                await File.WriteAllTextAsync(log, story.Cluster.Front.Process.Output);
        }
        Console.WriteLine($"{kills} kills, seed {seed}: {deaths.Count(static death => death.Told == "success")} ended in their success, "
            + $"{deaths.Count(static death => death.Told == "SEGUE_OUTCOME_UNKNOWN")} in an unknown outcome, {deaths.Count(static death => death.Told is not ("success" or "SEGUE_OUTCOME_UNKNOWN"))} in another error; "
            + $"{deaths.Count(static death => !death.IsRight)} wrong, {deaths.Count(static death => death.Effects > 1)} took effect twice");
        return deaths.All(static death => death.IsRight) ? 0 : 1;
    }
}
