using System.Text.Json;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Demo;

public sealed class DemoTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData("presto")]
    [InlineData("trino")]
    public async Task Clients_of_the_demo_see_no_failure_at_a_kill_and_a_stop(string engine)
    {
        await using var demo = SegueProcess.Start("demo", "--json", "--engine", engine);

        await demo.WaitForExitAsync(Patience);

        demo.ExitCode.ShouldBe(0, demo.Output);
        using var result = JsonDocument.Parse(demo.Output.Split('\n').Single(static line => line.StartsWith('{')));
        result.RootElement.GetProperty("failed").GetInt64().ShouldBe(0);
        result.RootElement.GetProperty("wrongRows").GetInt64().ShouldBe(0);
        result.RootElement.GetProperty("failovers").GetInt32().ShouldBe(2);
        result.RootElement.GetProperty("queries").GetInt64().ShouldBeGreaterThan(0);
    }
}
