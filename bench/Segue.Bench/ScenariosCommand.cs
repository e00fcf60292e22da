using System.CommandLine;
using Segue.Core.Model;
using Segue.EndToEnd.Load;
using Segue.EndToEnd.Networks;

namespace Segue.Bench;

/// <summary><c>scenarios</c>: three members in network namespaces while network, store, members and coordinators break under load, again and again.</summary>
internal static class ScenariosCommand
{
    private static readonly Option<EngineKind> Engine = new("--engine") { Description = "Presto or Trino.", DefaultValueFactory = static _ => EngineKind.Presto };
    private static readonly Option<bool> Rehearsed = new("--rehearsed") { Description = "Stand-ins in place of real nodes." };
    private static readonly Option<string> Store = new("--store") { Description = "etcd (three nodes) or PostgreSQL.", DefaultValueFactory = static _ => "etcd" };
    private static readonly Option<int> Times = new("--times") { Description = "How often each.", DefaultValueFactory = static _ => 20 };
    private static readonly Option<double> Away = new("--away") { Description = "Seconds for which the store stays away.", DefaultValueFactory = static _ => 60 };
    private static readonly Option<string[]> Only = new("--only")
    {
        Description = "These alone.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Log = new("--log") { Description = "A file for what the members said, one after the other." };

    public static Command Create()
    {
        Store.AcceptOnlyFromAmong("etcd", "PostgreSQL");
        Only.AcceptOnlyFromAmong([.. Scenario.All.Select(static scenario => scenario.Name)]);
        var command = new Command("scenarios", "Break network, store, members and coordinators of three members under load, and say what clients saw.") { Engine, Rehearsed, Store, Times, Away, Only, Log };
        command.SetAction(static parsed => RunAsync(
            new FleetKind(parsed.GetValue(Engine), !parsed.GetValue(Rehearsed), parsed.GetValue(Store)!), parsed.GetValue(Times), TimeSpan.FromSeconds(parsed.GetValue(Away)), parsed.GetValue(Only) ?? [], parsed.GetValue(Log)));
        return command;
    }

    private static async Task<int> RunAsync(FleetKind kind, int times, TimeSpan away, string[] only, string? log)
    {
        if (kind.Missing is { } missing)
        {
            Console.WriteLine(missing);
            return 1;
        }
        Scenario.StoreAway = away;
        List<Scenario> scenarios = [.. Scenario.All.Where(scenario => scenario.IsFor(kind) && (only.Length == 0 || only.Contains(scenario.Name)))];
        var all = new List<ScenarioSeen>();
        await using var story = await ScenarioStory.StartAsync(kind);
        Console.WriteLine($"{"scenario",-42} {"run",4} {"statements",11} {"usual ms",9} {"longest ms",11} {"refused",8} {"wrong",6} {"sends",7} {"epochs",7}");
        try
        {
            for (var time = 1; time <= times; time++)
            {
                foreach (var scenario in scenarios)
                {
                    all.Add(await story.RunAsync(scenario));
                    Print(all[^1], time);
                }
            }
        }
        finally
        {
            if (log is not null)
                await File.WriteAllLinesAsync(log, story.Logs);
            if (all.Count > 0)
                Console.WriteLine($"writes: {string.Join(", ", all[^1].Writes.Select(static one => $"{one.Value} {one.Key}"))}");
            foreach (var same in all.GroupBy(static seen => seen.Name))
                Console.WriteLine($"{same.Key,-42} {same.Count()} times: {same.Sum(static seen => seen.Statements)} statements, {same.Sum(static seen => seen.Problems.Count)} refused, "
                    + $"the longest {ReaderStory.Median(same.Select(static seen => seen.Longest)).TotalSeconds:0.0} s (median), {same.Max(static seen => seen.Longest.TotalSeconds):0.0} s (worst); "
                    + $"{same.Count(static seen => !seen.IsRight)} times not as it has to be");
        }
        return all.All(static seen => seen.IsRight) ? 0 : 1;
    }

    private static void Print(ScenarioSeen seen, int time)
    {
        Console.WriteLine($"{seen.Name,-42} {time,4} {seen.Statements,11} {seen.Usual.TotalMilliseconds,9:0} {seen.Longest.TotalMilliseconds,11:0} {seen.Problems.Count,8} {(seen.IsRight ? "" : "WRONG"),6} {seen.Proof.Sends,7} {seen.Proof.Epochs,7}");
        foreach (var problem in seen.Problems)
            Console.WriteLine($"  {problem.Client} after {problem.Took.TotalSeconds:0.0} s: {problem.Problem}");
        foreach (var broken in seen.Broken)
            Console.WriteLine($"  BROKEN: {broken}");
    }
}
