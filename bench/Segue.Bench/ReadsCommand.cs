using System.CommandLine;
using Segue.Core.Model;
using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Reads;

namespace Segue.Bench;

/// <summary><c>reads</c>: real coordinators are killed at random moments under statements of many shapes, and every result is compared with a quiet run's.</summary>
internal static class ReadsCommand
{
    /// <summary>A coordinator is seen to be warm soon after it is.</summary>
    private const string Settings = "    canary: { interval: 5s, timeout: 5s, warmups: 1 }";

    private static readonly Option<EngineKind> Engine = new("--engine") { Description = "Presto or Trino.", DefaultValueFactory = static _ => EngineKind.Presto };
    private static readonly Option<int> Kills = new("--kills") { Description = "How many coordinators are killed.", DefaultValueFactory = static _ => 100 };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of the moments at which they die, and of the statements' order.", DefaultValueFactory = static _ => 1 };
    private static readonly Option<double> Within = new("--within") { Description = "Seconds from when one may die to its death, at most.", DefaultValueFactory = static _ => 4 };
    private static readonly Option<string> Holdback = new("--holdback") { Description = "Segue's recovery.holdback, e.g. all or '{ bytes: 0B }'; with all of it no statement may be refused." };
    private static readonly Option<string[]> Only = new("--only")
    {
        Description = $"These shapes alone: {string.Join(", ", ReadShapes.All.Append(ReadShapes.Gigabyte).Select(static shape => shape.Name))}; the last one comes no other way.",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string> Log = new("--log") { Description = "A file for what Segue said meanwhile." };

    public static Command Create()
    {
        var command = new Command("reads", "Kill real coordinators under reads of many shapes, and compare every result with that of a quiet run.") { Engine, Kills, Seed, Within, Holdback, Only, Log };
        command.SetAction(static parsed => RunAsync(
            parsed.GetValue(Engine), parsed.GetValue(Kills), parsed.GetValue(Seed), TimeSpan.FromSeconds(parsed.GetValue(Within)), parsed.GetValue(Holdback),
            Shapes(parsed.GetValue(Only) ?? []), parsed.GetValue(Log)));
        return command;
    }

    private static IReadOnlyList<ReadShape> Shapes(string[] only) =>
        only.Length == 0 ? ReadShapes.All : [.. only.Select(static name => ReadShapes.All.Append(ReadShapes.Gigabyte).Single(shape => shape.Name == name))];

    private static async Task<int> RunAsync(EngineKind engine, int kills, int seed, TimeSpan within, string? holdback, IReadOnlyList<ReadShape> shapes, string? log)
    {
        await using var cluster = await RealCluster.StartAsync(engine, holdback is null ? Settings : $"{Settings}\n    recovery: {{ holdback: {holdback} }}");
        IReadOnlyCollection<ReadSeen> seen = [];
        try
        {
            Console.WriteLine($"seed {seed}; undisturbed on one coordinator and on the other:");
            await using var story = await ReadStory.StartAsync(cluster, shapes, seed, Console.WriteLine);
            seen = story.Seen;
            for (var number = 1; number <= kills; number++)
                Print(number, await story.KillAsync(within));
        }
        finally
        {
            if (log is not null)
                await File.WriteAllTextAsync(log, cluster.Front.Process.Output);
            Print(shapes, seen);
        }
        // with the whole result kept back nothing is refused
        return seen.All(one => one.IsRight && (one.Error is null || holdback != "all")) ? 0 : 1;
    }

    private static void Print(int number, ReadDeath death)
    {
        var met = death.Met.GroupBy(static one => one.Error is null ? one.Fate.ToString() : "refused").Select(static group => $"{group.Count()} {group.Key}");
        Console.WriteLine($"kill {number}: {death.Coordinator}, {death.Took.TotalSeconds:0} s with its restart; {death.Met.Count} statements ran: {string.Join(", ", met)}");
        foreach (var one in death.Met.Where(static one => !one.IsRight))
            Console.WriteLine($"  WRONG {one}");
    }

    private static void Print(IReadOnlyList<ReadShape> shapes, IReadOnlyCollection<ReadSeen> seen)
    {
        var fates = Enum.GetValues<ReadFate>();
        Console.WriteLine($"{"shape",-22} {"ran",5} {string.Join(' ', fates.Select(static fate => $"{fate,14}"))} {"refused",8} {"wrong",6}");
        foreach (var shape in shapes)
            Line(shape.Name + (shape.IsDeterministic ? "" : " *"), seen.Where(one => one.Shape == shape));
        Line("all but *", seen.Where(static one => one.Shape.IsDeterministic));
        Line("all *", seen.Where(static one => !one.Shape.IsDeterministic));
        Console.WriteLine("* gives other rows at each run, so that it may be refused once rows were delivered");
        foreach (var refused in seen.Where(static one => one.Error is not null))
            Console.WriteLine($"refused: {refused}");

        void Line(string name, IEnumerable<ReadSeen> some)
        {
            var all = some.ToList();
            Console.WriteLine($"{name,-22} {all.Count,5} {string.Join(' ', fates.Select(fate => $"{all.Count(one => one.Error is null && one.Fate == fate),14}"))} "
                + $"{all.Count(static one => one.Error is not null),8} {all.Count(static one => one.Wrong is not null),6}");
        }
    }
}
