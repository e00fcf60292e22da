using System.Globalization;
using Segue.Simulation.Bugs;

namespace Segue.Simulation.Runs;

/// <summary>The program: many seeds, or one again.</summary>
internal static class CommandLine
{
    private const string Usage = """
        dotnet run --project test/Segue.Simulation -c Release -- [options]
          --seeds N        how many (1000)
          --from N         the first one (1)
          --seed N         this one alone
          --trace          print what happens, with --seed
          --members N      instead of what the seed draws
          --bug NAME       with a deliberate mistake of the shell
          --safety-only    demand nothing after the storm
          --no-shrink      leave a failing seed as it is
          --threads N      at once (as many as there are processors)
          --bugs           list the mistakes
        """;

    public static int Run(string[] args, TextWriter output)
    {
        var (seeds, from, threads) = (1000UL, 1UL, Environment.ProcessorCount);
        ulong? seed = null;
        int? members = null;
        var (bug, trace, safetyOnly, shrinks) = (Bug.None, false, false, true);
        // --seeds=10 is --seeds 10
        var words = new Queue<string>(args.SelectMany(static word => word.Split('=', 2)));
        while (words.TryDequeue(out var word))
        {
            switch (word)
            {
                case "--seeds" when Number(words) is { } number:
                    seeds = number;
                    break;
                case "--from" when Number(words) is { } number:
                    from = number;
                    break;
                case "--seed" when Number(words) is { } number:
                    seed = number;
                    break;
                case "--members" when Number(words) is > 0 and <= 9 and var number:
                    members = (int)number;
                    break;
                case "--threads" when Number(words) is > 0 and <= 1024 and var number:
                    threads = (int)number;
                    break;
                case "--trace":
                    trace = true;
                    break;
                case "--safety-only":
                    safetyOnly = true;
                    break;
                case "--no-shrink":
                    shrinks = false;
                    break;
                case "--bug" when words.TryDequeue(out var name) && BugNames.Parse(name) is { } known:
                    bug = known;
                    break;
                case "--bugs":
                    foreach (var one in BugNames.All)
                        output.WriteLine(one.Name());
                    return 0;
                default:
                    output.WriteLine($"{word}: no such option, or not with that value");
                    output.WriteLine(Usage);
                    return 2;
            }
        }
        SimOptions Options(ulong number) => SimOptions.Draw(number, members) with { SafetyOnly = safetyOnly };
        if (seed is { } only)
            return Again(Caught.Focus(bug, Options(only)), bug, trace, shrinks, output);
        var batch = Batch.Run(from, seeds, Options, bug, threads, stopAtFirst: bug != Bug.None);
        output.WriteLine(batch.ToString());
        if (batch.Failures is [var first, ..])
            return Again(first.Options, bug, trace: true, shrinks, output);
        return 0;
    }

    private static ulong? Number(Queue<string> words) =>
        words.TryDequeue(out var text) && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int Again(SimOptions options, Bug bug, bool trace, bool shrinks, TextWriter output)
    {
        var result = Simulation.Run(options, bug, traced: trace && !shrinks);
        if (result.Failed && shrinks)
        {
            options = Shrinker.Smallest(options, bug, result.Rule!);
            output.WriteLine($"the smallest that still breaks {result.Rule}:");
        }
        result = Simulation.Run(options, bug, traced: trace);
        foreach (var line in result.Trace)
            output.WriteLine(line);
        output.WriteLine($"seed {options.Seed}: {options}");
        foreach (var fault in Faults.Fault.Draw(options))
            output.WriteLine($"  fault {fault.Number} at {fault}");
        output.WriteLine($"hash {result.Hash:x16}, {result.Events} events, {result.Sends} sends, {result.Switches} switches, {result.Virtual / 1e7:0.0} s of virtual time");
        output.WriteLine(result.Failed ? $"BROKEN {result.What}" : "nothing was broken");
        return result.Failed ? 1 : 0;
    }
}
