using Segue.Core.Model;
using Segue.EndToEnd.Engines;
using Xunit.Abstractions;

namespace Segue.EndToEnd.Networks;

/// <summary>Three members in network namespaces while the network, the store, members and coordinators break, under load (I1, I8).</summary>
[Collection(RealEngines.Name)]
public sealed class ScenarioTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. AllNames];

    private static string[] AllNames => [.. Scenario.All.Select(static scenario => scenario.Name)];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public Task With_etcd_no_statement_is_lost_and_one_coordinator_is_active_at_a_time(string name) =>
        RunAsync(new FleetKind(EngineKind.Presto, IsReal: false, "etcd"), [name]);

    [SkippableFact]
    public Task With_PostgreSQL_no_statement_is_lost_and_one_coordinator_is_active_at_a_time() =>
        RunAsync(new FleetKind(EngineKind.Trino, IsReal: false, "PostgreSQL"), AllNames);

    [SkippableTheory]
    [InlineData(EngineKind.Presto, "PostgreSQL")]
    [InlineData(EngineKind.Trino, "etcd")]
    public Task On_real_engines_no_statement_is_lost_and_one_coordinator_is_active_at_a_time(EngineKind engine, string store) =>
        RunAsync(new FleetKind(engine, IsReal: true, store), ["conductor cut off", "store away", "all at once"]);

    private async Task RunAsync(FleetKind kind, string[] names)
    {
        Skip.If(kind.Missing is not null, kind.Missing);
        await using var story = await ScenarioStory.StartAsync(kind);
        foreach (var scenario in Scenario.All.Where(scenario => names.Contains(scenario.Name) && scenario.IsFor(kind)))
        {
            var seen = await story.RunAsync(scenario);
            output.WriteLine($"{seen.Name}: {seen.Statements} statements, usually {seen.Usual.TotalMilliseconds:0} ms, the longest {seen.Longest.TotalMilliseconds:0} ms, {seen.Problems.Count} errors; writes: {string.Join(", ", seen.Writes.Select(static one => $"{one.Value} {one.Key}"))}; "
                + $"{seen.Proof.Sends} sends under {seen.Proof.Epochs} epochs");
            seen.IsRight.ShouldBeTrue($"{scenario.Name}: {string.Join("\n", seen.Problems.Select(static one => $"{one.Client}: {one.Problem}").Concat(seen.Broken))}");
            seen.Proof.Sends.ShouldBeGreaterThan(0);
        }
    }
}
