using System.CommandLine;
using Segue.Core.Model;
using Segue.EndToEnd.Streams;

namespace Segue.Bench;

/// <summary><c>slow-reader</c>: a result of more than 1 GB is read slowly while four clients run at full speed.</summary>
internal static class SlowReaderCommand
{
    private static readonly Option<EngineKind> Engine = new("--engine") { Description = "Presto or Trino, rehearsed.", DefaultValueFactory = static _ => EngineKind.Presto };
    private static readonly Option<int> Seconds = new("--seconds") { Description = "How long the slow one reads.", DefaultValueFactory = static _ => 30 };

    public static Command Create()
    {
        var command = new Command("slow-reader", "Read more than 1 GB slowly and print what it costs Segue and the other clients.") { Engine, Seconds };
        command.SetAction(static parsed => RunAsync(parsed.GetValue(Engine), TimeSpan.FromSeconds(parsed.GetValue(Seconds))));
        return command;
    }

    private static async Task<int> RunAsync(EngineKind engine, TimeSpan slow)
    {
        var seen = await SlowStory.PlayAsync(engine, slow);
        Console.WriteLine($"the slow one took {seen.SlowBytes / 1e6:0} MB of more than 1 GB in {slow.TotalSeconds:0} s");
        Console.WriteLine($"Segue's resident memory grew by {seen.Grown / 1048576.0:0.0} MiB over what it held without it");
        Console.WriteLine($"the others got {seen.AloneRate / 1e6:0.0} MB/s without it, {seen.BesideRate / 1e6:0.0} MB/s beside it: {seen.Ratio:0.00}");
        return 0;
    }
}
