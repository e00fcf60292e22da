using System.CommandLine;
using Segue.EndToEnd.Load;

namespace Segue.Bench;

/// <summary><c>writes</c>: at a random moment of a write into an Iceberg table its coordinator, its catalog's database or Segue dies or stands still, again and again.</summary>
internal static class WritesCommand
{
    private static readonly Option<int> Kills = new("--kills") { Description = "How many writes meet a harm.", DefaultValueFactory = static _ => 100 };
    private static readonly Option<Harm[]> Harms = new("--harm")
    {
        Description = $"What happens while they run, in turns: {string.Join(", ", Enum.GetNames<Harm>())}.",
        DefaultValueFactory = static _ => [Harm.Kill],
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of the moments of it.", DefaultValueFactory = static _ => 1 };
    private static readonly Option<string> Only = new("--only") { Description = $"One kind of write: {string.Join(", ", LakeStory.Kinds)}." };
    private static readonly Option<bool> Fenced = new("--fenced") { Description = "With a fence command, which proves the end of a coordinator that was killed." };
    private static readonly Option<string> Log = new("--log") { Description = "A file for what Segue tells of each write, and what it said meanwhile." };

    public static Command Create()
    {
        var command = new Command("writes", "Do harm to a real Trino while it writes Iceberg tables, and count how often each write took effect.") { Kills, Harms, Seed, Only, Fenced, Log };
        command.SetAction(static parsed => RunAsync(
            parsed.GetValue(Kills), parsed.GetValue(Harms)!, parsed.GetValue(Seed), parsed.GetValue(Only) is { } only ? [only] : LakeStory.Kinds, parsed.GetValue(Fenced), parsed.GetValue(Log)));
        return command;
    }

    private static async Task<int> RunAsync(int kills, Harm[] harms, int seed, IReadOnlyList<string> kinds, bool fenced, string? log)
    {
        await using var story = await LakeStory.StartAsync(seed, kinds, fenced);
        var writes = new List<HarmedWrite>();
        IReadOnlyList<HarmedWrite> later;
        try
        {
            Console.WriteLine($"seed {seed}");
            Console.WriteLine($"{"",-5} {"write",-8} {"harm",-12} {"after ms",9} {"told",-24} {"how",-16} {"count",9} {"effects",8} {"took ms",9}");
            for (var number = 0; number < kills; number++)
            {
                // each kind meets each harm
                var write = await story.HarmAsync(kinds[(number + (number / harms.Length)) % kinds.Count], harms[number % harms.Length]);
                writes.Add(write);
                Print((number + 1).ToString(), write);
            }
            later = await story.LookAgainAsync();
        }
        finally
        {
            if (log is not null)
                await File.WriteAllLinesAsync(log, [.. writes.SelectMany(Story), story.Cluster.Front.Process.Output]);
        }
        foreach (var write in later)
            Print("later", write);
        foreach (var harm in writes.GroupBy(static write => write.Harm))
            Console.WriteLine($"{harm.Key}: {harm.Count()} writes; {string.Join(", ", harm.GroupBy(static write => write.Fate == "refused" ? write.Told : $"{write.Told}, {write.Fate}").Select(static group => $"{group.Count()} {group.Key}"))}");
        Console.WriteLine($"{kills} writes, seed {seed}: {writes.Count(static write => write.Told == HarmedWrite.Success)} ended in their success, {writes.Count(static write => !write.IsRight)} wrong, "
            + $"{writes.Concat(later).Count(static write => write.Effects > 1)} took effect twice, {later.Count} took effect after they had been looked at");
        return writes.Concat(later).All(static write => write.IsRight) ? 0 : 1;
    }

    private static IEnumerable<string> Story(HarmedWrite write, int index) =>
        [$"{index + 1} {write.Kind} {write.Harm}: {write.Told}", .. write.Account?.Story.Select(static moment => $"  {moment.At:HH:mm:ss.fff} {moment.Sentence}") ?? []];

    private static void Print(string number, HarmedWrite write) => Console.WriteLine(
        $"{number,-5} {write.Kind,-8} {write.Harm,-12} {write.After.TotalMilliseconds,9:0} {write.Told,-24} {write.Fate,-16} {write.Count?.ToString() ?? "-",9} {write.Effects,8} {write.Took.TotalMilliseconds,9:0}"
        + $"{(write.IsRight ? "" : " WRONG")} {write.Text}");
}
