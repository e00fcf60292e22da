using System.Diagnostics;
using System.Text.RegularExpressions;
using Segue.Simulation.Bugs;
using Segue.Simulation.Faults;
using Segue.Simulation.Runs;

namespace Segue.Simulation.Tests;

/// <summary>The program as people run it.</summary>
public sealed partial class ProgramTests
{
    private const Bug Caught = Bug.RestartAlwaysProves;

    /// <summary>Names are hashed otherwise in each process: what is done in the order of a hash shows here.</summary>
    [Fact]
    public async Task Each_process_sees_the_same_by_the_same_seeds()
    {
        var said = await Task.WhenAll(Enumerable.Range(0, 3).Select(static _ => RunAsync("--seeds", "12")));
        var hashes = said.Select(static output => Hash().Match(output).Groups[1].Value).ToArray();
        hashes[0].Length.ShouldBe(16, said[0]);
        hashes.ShouldBe([hashes[0], hashes[0], hashes[0]]);
    }

    [Fact]
    public void A_seed_that_breaks_a_rule_is_shrunk_and_printed_with_all_that_is_needed_to_see_it_again()
    {
        var broken = Batch.Run(1, (ulong)Bugs.Caught.Within(Caught), static seed => SimOptions.Draw(seed), Caught, Environment.ProcessorCount, stopAtFirst: true).Failures[0];
        var (options, rule) = (broken.Options, broken.Rule!);
        using var output = new StringWriter();
        CommandLine.Run(["--seed", $"{options.Seed}", "--bug", Caught.Name(), "--trace"], output).ShouldBe(1);
        var said = output.ToString();

        var smallest = Shrinker.Smallest(options, Caught, rule);
        var again = Runs.Simulation.Run(smallest, Caught, traced: true);
        again.Rule.ShouldBe(rule);
        Fault.Draw(smallest).Count.ShouldBeLessThan(Fault.Draw(options).Count);
        smallest.Statements.ShouldBeLessThanOrEqualTo(options.Statements);

        said.ShouldContain($"the smallest that still breaks {rule}:");
        said.ShouldContain($"seed {options.Seed}: {smallest}");
        said.ShouldContain($"hash {again.Hash:x16}, {again.Events} events");
        said.ShouldContain($"BROKEN {again.What}");
        foreach (var fault in Fault.Draw(smallest))
            said.ShouldContain($"fault {fault.Number} at {fault}");
        again.Trace.ShouldNotBeEmpty();
        foreach (var line in again.Trace)
            said.ShouldContain(line);
    }

    [Fact]
    public void Of_many_seeds_the_rate_and_the_hash_are_printed()
    {
        using var output = new StringWriter();
        CommandLine.Run(["--seeds", "2"], output).ShouldBe(0);
        output.ToString().ShouldMatch("^2 seeds in .* a second, .* broken; hash [0-9a-f]{16}");
    }

    [Theory]
    [InlineData("--seeds=2", 0, "2 seeds in")]
    [InlineData("--seeds", 2, "--seeds: no such option, or not with that value")]
    [InlineData("--seed=many", 2, "--seed: no such option, or not with that value")]
    [InlineData("--bug=none-such", 2, "--bug: no such option, or not with that value")]
    [InlineData("--sede", 2, "--sede: no such option, or not with that value")]
    public void Its_options_are_words_with_or_without_an_equals_sign(string option, int exit, string said)
    {
        using var output = new StringWriter();
        CommandLine.Run([option], output).ShouldBe(exit);
        output.ToString().ShouldStartWith(said);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments]) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return said;
    }

    [GeneratedRegex("; hash ([0-9a-f]{16})")]
    private static partial Regex Hash();
}
