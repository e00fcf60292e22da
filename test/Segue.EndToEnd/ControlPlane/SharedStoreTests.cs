using System.Runtime.Versioning;
using Segue.EndToEnd.Processes;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.ControlPlane;

/// <summary>Segue with a store that outlives its host.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SharedStoreTests
{
    [SkippableFact]
    public async Task With_PostgreSQL_it_goes_on_elsewhere()
    {
        Skip.If(Postgres.Programs is null, "no PostgreSQL in /usr/lib/postgresql: apt-get install postgresql");
        await using var server = await Postgres.StartAsync("");
        await GoesOnElsewhereAsync($"postgres://postgres@127.0.0.1:{server.Port}/postgres", async stop => await (stop ? server.StopAsync() : server.BeginAsync()));
    }

    [SkippableFact]
    public async Task With_etcd_it_goes_on_elsewhere()
    {
        Skip.If(!Etcd.IsInstalled, "no /usr/bin/etcd: apt-get install etcd-server");
        await using var server = await Etcd.StartAsync();
        await GoesOnElsewhereAsync($"etcd://127.0.0.1:{server.Port}", async stop => await (stop ? server.StopAsync() : server.BeginAsync()));
    }

    private static async Task GoesOnElsewhereAsync(string store, Func<bool, Task> toggle)
    {
        await using var segue = await ConfiguredSegue.StartAsync(2, 2);
        var key = KeyFile.Write(segue.Folder);
        segue.Segue.Terminate();
        await segue.Segue.WaitForExitAsync(ConfiguredSegue.Patience);
        await segue.Segue.DisposeAsync();
        segue.Write(segue.Coordinators, $"store: {store}\nkey_file: {key}");
        segue.Start();
        await segue.WaitAsync("somebody active", static status => !status.Holding);
        var deployment = (await segue.ReportAsync()).DeploymentId;

        // the store is away: what is active stays, and a death is a hold until it is back
        await toggle(true);
        var active = (await segue.ReportAsync()).Clusters[0].Active;
        var dead = segue.Coordinators.Single(coordinator => coordinator.Name == active);
        dead.Process.Kill();
        await segue.WaitAsync("a hold", static status => status.Holding);
        await toggle(false);
        await segue.WaitAsync("the other one active", status => status is { Holding: false } && status.Active != dead.Name);
        var before = await segue.ReportAsync();

        // told to end, so that it writes what it has to tell
        segue.Segue.Terminate();
        await segue.Segue.WaitForExitAsync(ConfiguredSegue.Patience);
        await segue.Segue.DisposeAsync();
        Directory.Delete(segue.Data, recursive: true);
        segue.Start();
        await segue.WaitAsync("somebody active", static status => !status.Holding);
        var after = await segue.ReportAsync();
        after.DeploymentId.ShouldBe(deployment);
        after.Clusters[0].Active.ShouldBe(before.Clusters[0].Active);
        after.Clusters[0].Epoch.ShouldBeGreaterThanOrEqualTo(before.Clusters[0].Epoch);
        after.Events.Select(static happened => happened.Kind).ShouldContain("Failover");

        // it took its name out of the list, so that the new one, which nobody knows, may decide
        await dead.RestartAsync();
        await segue.WaitAsync("both ready", static status => status.Coordinators.All(static one => one.Ready));
        segue.Coordinators.Single(coordinator => coordinator.Name == before.Clusters[0].Active).Process.Kill();
        await segue.WaitAsync("the first one active again", status => status is { Holding: false } && status.Active == dead.Name);
    }
}
