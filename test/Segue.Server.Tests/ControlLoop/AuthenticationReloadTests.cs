using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>R10.1 while the configuration changes.</summary>
public sealed class AuthenticationReloadTests
{
    [Fact]
    public async Task Leave_that_a_reload_takes_away_ends_the_use()
    {
        // it does not tell whether it has an https port
        await using var coordinator = await new FakeCoordinator("aaaaa").StartAsync();
        var config = new ClusterConfig
        {
            Name = "main",
            Engine = EngineKind.Presto,
            Coordinators = [coordinator.Config],
            AllowUnauthenticated = true,
            Health = new HealthConfig { ProbeInterval = TimeSpan.FromMilliseconds(50) },
        };
        await using var cluster = new ClusterRuntime(config, new Surroundings().Services);
        await cluster.StartAsync(default);
        await UntilAsync(cluster, snapshot => snapshot.OpenTo is not null);

        cluster.Apply(config with { AllowUnauthenticated = false });
        await UntilAsync(cluster, snapshot => snapshot.OpenTo is null && snapshot.Reason.Contains("does not tell whether it has an https port", StringComparison.Ordinal));
    }

    private static async Task UntilAsync(ClusterRuntime cluster, Func<RoutingSnapshot, bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        for (var snapshot = cluster.Current; !holds(snapshot); snapshot = cluster.Current)
            await cluster.ChangedFromAsync(snapshot, patience.Token);
    }
}
