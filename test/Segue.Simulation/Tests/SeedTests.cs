using System.Globalization;
using Segue.Simulation.Bugs;
using Segue.Simulation.Runs;
using Xunit.Abstractions;

namespace Segue.Simulation.Tests;

/// <summary>Many seeds hold, one seed can be seen again, and each mistake is caught.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private const ulong Seeds = 1000;

    [Fact]
    public void A_thousand_seeds_break_no_rule()
    {
        var batch = Batch.Run(1, Seeds, static seed => SimOptions.Draw(seed), Bug.None, Environment.ProcessorCount, stopAtFirst: false);
        output.WriteLine(batch.ToString());
        batch.Failures.Select(static failure => $"--seed {failure.Options.Seed}: {failure.What}").ShouldBeEmpty();
        batch.Seeds.ShouldBe((long)Seeds);
        // a run in which nothing happens proves nothing
        batch.Sends.ShouldBeGreaterThan(100 * (long)Seeds);
        batch.Switches.ShouldBeGreaterThan((long)Seeds / 4);
    }

    [Fact]
    public void A_seed_again_is_the_same_to_the_last_event()
    {
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var (first, again) = (Runs.Simulation.Run(SimOptions.Draw(seed)), Runs.Simulation.Run(SimOptions.Draw(seed), traced: true));
            again.Hash.ShouldBe(first.Hash, string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
            again.Events.ShouldBe(first.Events);
        }
    }

    [Theory]
    [MemberData(nameof(EachBug))]
    public void Each_mistake_is_caught_within(string bug, int seeds)
    {
        var known = BugNames.Parse(bug).ShouldNotBeNull();
        var batch = Batch.Run(1, (ulong)seeds, static seed => SimOptions.Draw(seed), known, Environment.ProcessorCount, stopAtFirst: true);
        output.WriteLine(batch.ToString());
        batch.Failures.ShouldNotBeEmpty($"{bug} was not caught by {seeds} seeds");
    }

    /// <summary>docs/simulation.md has the same numbers.</summary>
    public static TheoryData<string, int> EachBug()
    {
        var data = new TheoryData<string, int>();
        foreach (var bug in BugNames.All)
            data.Add(bug.Name(), Caught.Within(bug));
        return data;
    }
}
