using Segue.Core.Model;
using Segue.EndToEnd.Engines;
using Xunit.Abstractions;

namespace Segue.EndToEnd.Networks;

/// <summary>Three members in network namespaces while the network, the store, members and coordinators break, under load (I1, I8).</summary>
[Collection(RealEngines.Name)]
public sealed class ScenarioTests(ITestOutputHelper output)
{
    [SkippableFact]
    public Task Whatever_breaks_one_coordinator_is_active_at_a_time_and_no_statement_is_lost() =>
        RunAsync(new FleetKind(EngineKind.Trino, IsReal: false, "etcd"), [.. Scenario.All.Select(static scenario => scenario.Name)]);

    [SkippableFact]
    public Task The_same_with_PostgreSQL() => RunAsync(
        new FleetKind(EngineKind.Presto, IsReal: false, "PostgreSQL"), ["conductor cut off", "conductor stands still", "store's leader and active coordinator die", "store away", "all at once"]);

    [SkippableTheory]
    [InlineData(EngineKind.Presto, "PostgreSQL")]
    [InlineData(EngineKind.Trino, "etcd")]
    public Task The_same_on_real_engines(EngineKind engine, string store) =>
        RunAsync(new FleetKind(engine, IsReal: true, store), ["conductor cut off", "all at once"]);

    private async Task RunAsync(FleetKind kind, string[] names)
    {
        Skip.If(kind.Missing is not null, kind.Missing);
        await using var story = await ScenarioStory.StartAsync(kind);
        foreach (var scenario in Scenario.All.Where(scenario => names.Contains(scenario.Name) && scenario.IsFor(kind)))
        {
            var seen = await story.RunAsync(scenario);
            output.WriteLine($"{seen.Name}: {seen.Statements} statements, usually {seen.Usual.TotalMilliseconds:0} ms, the longest {seen.Longest.TotalMilliseconds:0} ms, {seen.Problems.Count} errors; "
                + $"writes: {string.Join(", ", seen.Writes.Select(static one => $"{one.Value} {one.Key}"))}; {seen.Proof.Sends} sends under {seen.Proof.Epochs} epochs");
            seen.IsRight.ShouldBeTrue($"{scenario.Name}: {string.Join("\n", seen.Problems.Select(static one => $"{one.Client}: {one.Problem}").Concat(seen.Broken))}");
            seen.Proof.Sends.ShouldBeGreaterThan(0);
        }
    }
}
