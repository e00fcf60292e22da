using System.Globalization;
using Segue.Server.Tests;
using Segue.Simulation.Bugs;
using Segue.Simulation.Runs;

namespace Segue.Simulation.Tests;

/// <summary>docs/simulation.md tells of each mistake and how soon it is caught.</summary>
public sealed class DocsTests
{
    [Fact]
    public void Every_mistake_is_in_the_docs_with_its_seeds()
    {
        var told = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "simulation.md"))
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal) && line.Split('|').Length == 5)
            .Select(static line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(static cells => cells[1].Trim('`'), static cells => cells[3]);
        told.ShouldBe(BugNames.All.ToDictionary(static bug => bug.Name(), static bug => Caught.Within(bug).ToString(CultureInfo.InvariantCulture)), ignoreOrder: true);
    }

    [Fact]
    public void There_are_at_least_sixteen_mistakes() => BugNames.All.Count().ShouldBeGreaterThanOrEqualTo(16);

    [Fact]
    public void Whoever_asks_for_something_else_is_told_how_to_ask()
    {
        using var output = new StringWriter();
        CommandLine.Run(["--sedes", "3"], output).ShouldBe(2);
        output.ToString().ShouldContain("--seeds N");
    }
}
