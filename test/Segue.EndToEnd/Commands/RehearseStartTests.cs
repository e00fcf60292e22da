using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Commands;

/// <summary>What a wrong command line of a stand-in is told.</summary>
public sealed class RehearseStartTests
{
    [Theory]
    [InlineData("--port: '99999' must be from 1 to 65535", "--port", "99999")]
    [InlineData("--address: 'localhost' is not an IP address", "--port", "1", "--address", "localhost")]
    [InlineData("--data: '/no/such/place/tables' is in no directory that there is", "--port", "1", "--data", "/no/such/place/tables")]
    [InlineData("--page-rows: '0' must be at least 1", "--port", "1", "--page-rows", "0")]
    [InlineData("--row-delay: '-1' must be from 0 to 3600000", "--port", "1", "--row-delay", "-1")]
    public async Task A_wrong_option_is_named(string said, params string[] options)
    {
        await using var node = SegueProcess.Start(["rehearse", "coordinator", "--engine", "presto", .. options]);
        await node.WaitForExitAsync(TimeSpan.FromSeconds(40));
        node.ExitCode.ShouldBe(1, node.Output);
        node.Output.ShouldContain(said);
        node.Output.ShouldNotContain("   at ");
    }
}
