using System.CommandLine;
using Segue.Core.Model;
using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Load;

namespace Segue.Bench;

/// <summary><c>failover</c>: real coordinators are killed one after the other under ten readers.</summary>
internal static class FailoverCommand
{
    private static readonly Option<EngineKind> Engine = new("--engine") { Description = "Presto or Trino.", DefaultValueFactory = static _ => EngineKind.Presto };
    private static readonly Option<int> Kills = new("--kills") { Description = "How many coordinators are killed.", DefaultValueFactory = static _ => 20 };
    private static readonly Option<string> Log = new("--log") { Description = "A file for what Segue said meanwhile." };

    public static Command Create()
    {
        var command = new Command("failover", "Kill real coordinators under ten readers and print what each death cost them.") { Engine, Kills, Log };
        command.SetAction(static parsed => RunAsync(parsed.GetValue(Engine), parsed.GetValue(Kills), parsed.GetValue(Log)));
        return command;
    }

    private static async Task<int> RunAsync(EngineKind engine, int kills, string? log)
    {
        await using var cluster = await RealCluster.StartAsync(engine, ReaderStory.Canaries);
        try
        {
            await using var story = await ReaderStory.StartAsync(cluster);
            return await RunAsync(story, kills);
        }
        finally
        {
            if (log is not null)
                await File.WriteAllTextAsync(log, cluster.Front.Process.Output);
        }
    }

    private static async Task<int> RunAsync(ReaderStory story, int kills)
    {
        var deaths = new List<Death>();
        Console.WriteLine($"{"death",-5} {"usual ms",9} {"longest ms",11} {"detect ms",10} {"decide ms",10} {"first answer ms",16} {"problems",9}");
        for (var number = 1; number <= kills; number++)
        {
            var death = await story.KillAsync();
            deaths.Add(death);
            Print(number.ToString(), death, story.Load.Problems.Count());
        }
        Print("both", await story.KillBothAsync(), story.Load.Problems.Count());
        var pauses = deaths.Select(static death => death.Pause).Order().ToList();
        Console.WriteLine($"{kills} deaths, {story.Load.All.Count} statements of ten clients, {story.Load.Problems.Count()} with an error or a wrong row; "
            + $"longest statement of a death: median {ReaderStory.Median(pauses).TotalMilliseconds:0} ms, worst {pauses[^1].TotalMilliseconds:0} ms");
        foreach (var problem in story.Load.Problems)
            Console.WriteLine($"{problem.Client}, after {problem.Took.TotalMilliseconds:0} ms: {problem.Problem}");
        return story.Load.Problems.Any() ? 1 : 0;
    }

    private static void Print(string number, Death death, int problems) => Console.WriteLine(
        $"{number,-5} {death.Usual.TotalMilliseconds,9:0} {death.Pause.TotalMilliseconds,11:0} {Milliseconds(death.Failover?.DetectSeconds),10} "
        + $"{Milliseconds(death.Failover?.DecideSeconds),10} {Milliseconds(death.Failover?.FirstAnswerSeconds),16} {problems,9}");

    private static string Milliseconds(double? seconds) => seconds is { } known ? $"{known * 1000:0}" : "-";
}
