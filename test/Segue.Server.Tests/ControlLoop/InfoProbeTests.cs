using System.Net;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Server.Probing;
using Segue.Server.Upstream;

namespace Segue.Server.Tests.ControlLoop;

public sealed class InfoProbeTests
{
    [Theory]
    [InlineData("10.0.0.1",                   null)]
    [InlineData("10.0.0.1 10.0.0.1",          null)]
    [InlineData("10.0.0.1 fd00::1",           null)]
    [InlineData("10.0.0.1 10.0.0.2",          "(10.0.0.1, 10.0.0.2)")]
    [InlineData("10.0.0.1 fd00::1 fd00::2",   "(fd00::1, fd00::2)")]
    public void A_coordinators_name_may_have_one_address_of_each_family(string addresses, string? says)
    {
        var problem = InfoProbe.Several("coordinator", addresses.Split(' ').Select(IPAddress.Parse));
        if (says is null)
            problem.ShouldBeNull("R2.5");
        else
            problem!.ShouldBe($"coordinator has several addresses {says}; a coordinator's name must have one");
    }

    [Fact]
    public async Task A_name_that_cannot_be_looked_up_is_told_from_a_refused_connection()
    {
        (await AskAsync("nowhere.invalid", 80)).ShouldBeOfType<Observation.ProbeFailed>().Kind.ShouldBe(Evidence.NameError);
        (await AskAsync("127.0.0.1", 1)).ShouldBeOfType<Observation.ProbeFailed>().Kind.ShouldBe(Evidence.Refused);
    }

    private static async Task<Observation> AskAsync(string host, int port)
    {
        using var client = new CoordinatorClient(
            new CoordinatorConfig { Url = new Endpoint("http", host, port) }, new UpstreamTls(new UpstreamTlsConfig()), 1 << 20);
        using var probe = new InfoProbe(client, EngineKind.Presto, client.Request);
        return await probe.AskAsync(TimeSpan.FromSeconds(20), TimeProvider.System, CancellationToken.None);
    }
}
