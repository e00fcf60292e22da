using System.Globalization;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Failover;
using Segue.EndToEnd.Networks;
using Segue.EndToEnd.Processes;
using Segue.Server.Tests;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Hooks;

/// <summary>Two members on two hosts, one address for clients and nodes that is where the conductor is, and the store on a third host.</summary>
public sealed class MovingAddressTests
{
    private const int ClientPort = 8080;
    private const int AdminPort = 8081;
    private const int PeerPort = 8082;
    private const int CoordinatorPort = 8321;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_address_moves_to_the_other_host_when_its_conductor_is_cut_off_or_killed_and_clients_go_on_there(bool isCutOff)
    {
        Skip.If(Lan.Missing is not null, Lan.Missing);
        Skip.If(!Etcd.IsInstalled, "no /usr/bin/etcd: apt-get install etcd-server");
        using var lan = new Lan("one", "two", "store", "engine");
        var folder = Directory.CreateTempSubdirectory("segue-moving-");
        try
        {
            var store = (await Etcd.StartAsync([lan["store"]]))[0];
            await using (store)
                await RunAsync(lan, store, folder, isCutOff);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(Lan lan, Etcd store, DirectoryInfo folder, bool isCutOff)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{lan.Free}:{ClientPort}"));
        var engine = lan["engine"];
        var key = KeyFile.Write(folder);
        await using var one = Member(lan["one"]);
        await using var two = Member(lan["two"]);
        await using var coordinator = new RehearsedCoordinator("presto", CoordinatorPort, address.GetLeftPart(UriPartial.Authority), Path.Combine(folder.FullName, "tables"), [], engine);
        await using var worker = SegueProcess.StartAt(engine, "rehearse", "worker", "--engine", "presto", "--address", engine.Address, "--port", "8322", "--discovery", address.GetLeftPart(UriPartial.Authority));
        SegueFront[] members = [one, two];
        foreach (var member in members)
        {
            await member.WaitAsync("two members and a worker", Patience, static status => status is { Holding: false, Members: { Right.Standing: "session" } known }
                && known.List.Count(static one => one.Ack == "present") == 2 && status.Coordinators.All(static one => one is { Ready: true, WorkersSeen: 1 }));
        }
        var holder = (await one.StatusAsync()).Members!.Lease.Standing == "mine" ? one : two;
        var other = members.Single(member => member != holder);
        await IsAtAsync(holder, of: [other]);
        await EndsWellAsync();
        using var before = new StatementClient(address, Dialect.Of(EngineKind.Presto));
        var open = await before.PostAsync("SELECT orderkey FROM tpch.tiny.orders");
        while (!open.Rows.Any())
            open = await before.GetAsync(open.NextUri!);
        await holder.WaitForJournalAsync(Patience);

        if (isCutOff)
        {
            lan.Unplug(holder.Host);
            // it lives, and must not keep what it may not have any more
            await IsAtAsync(other, of: [holder]);
            holder.Process.HasExited.ShouldBeFalse();
            holder.Output.ShouldContain("the hook conductor_lost");
        }
        else
        {
            holder.Process.Kill();
            await IsAtAsync(other, of: []);
        }
        using var after = new StatementClient(address, Dialect.Of(EngineKind.Presto));
        await EndsWellAsync();
        var rest = await after.FollowPatientlyAsync(open, Patience);
        rest[^1].State.ShouldBe("FINISHED", rest[^1].Json.ToString());
        rest.SelectMany(static reply => reply.Rows).Count().ShouldBe(15_000);

        // the one before comes back, and the address stays; who was killed had no time to give it up
        if (isCutOff)
            lan.PlugIn(holder.Host);
        else
            await holder.StartAgainAsync();
        await holder.WaitAsync("a member that follows", Patience, static status => status is { Holding: false, Members: { Lease.Standing: "other", Right.Standing: "session" } });
        await IsAtAsync(other, of: [holder]);
        await EndsWellAsync();
        foreach (var member in members)
            member.Output.ShouldNotContain("HookFailed");

        SegueFront Member(Host host)
        {
            var hook = $"[{Path.Combine(Repository.Root, "examples", "hooks", "move-address")}, {Lan.Device}, {lan.Free}/24]";
            return new SegueFront(EngineKind.Presto, [engine.Url(CoordinatorPort)], "    discovery: { mode: front }\n    canary: { interval: 5s, timeout: 5s, warmups: 1 }", ClientPort, AdminPort, $$"""
                peers: {{host.Url(PeerPort).GetLeftPart(UriPartial.Authority)}}
                store: etcd://{{store.Host.Url(store.Port).Authority}}
                key_file: {{key}}
                members: { drain: 0s }
                hooks:
                  conductor_gained: {{hook}}
                  conductor_lost: {{hook}}
                """, host, everywhere: true);
        }

        Task IsAtAsync(SegueFront holder, SegueFront[] of) => Until.TrueAsync(
            () => Lan.HasAddress(holder.Host, $"{lan.Free}/24") && !of.Any(member => Lan.HasAddress(member.Host, $"{lan.Free}/24")), Patience,
            () => $"{lan.Free} at {holder.Host.Address} and not at {string.Join(", ", of.Select(static member => member.Host.Address))}; they said: {string.Join("\n\n", members.Select(static member => member.Output))}");

        // as any client does that finds nobody there for a moment
        Task EndsWellAsync() => Until.TrueAsync(async () =>
        {
            using var client = new StatementClient(address, Dialect.Of(EngineKind.Presto));
            try
            {
                return (await client.RunAsync("SELECT * FROM tpch.tiny.region"))[^1].State == "FINISHED";
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, Patience, () => $"a statement through {address}; they said: {string.Join("\n\n", members.Select(static member => member.Output))}");
    }
}
