using System.Net;
using System.Net.Sockets;
using Segue.Core.Configuration;
using Segue.Server.Configuration;
using Endpoint = Segue.Core.Configuration.Endpoint;

namespace Segue.Server.Tests.Configuration;

/// <summary>What segue check says of the surroundings of a member of several.</summary>
public sealed class SurroundingsCheckTests
{
    [Fact]
    public async Task A_store_that_takes_connections_and_one_that_does_not_are_told_apart()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var free = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        var said = await LookAsync(new StoreUrl { Kind = StoreKind.Etcd, Hosts = [new("127.0.0.1", port), new("127.0.0.1", free)] }, new PeersConfig());

        said[0].ShouldBe($"store 127.0.0.1:{port} takes connections from here");
        said[1].ShouldStartWith($"NOTE: store 127.0.0.1:{free} cannot be reached from here");
    }

    [Fact]
    public async Task An_address_that_other_machines_cannot_use_is_named() =>
        (await LookAsync(new StoreUrl { Kind = StoreKind.Etcd }, new PeersConfig { Advertise = new Endpoint("http", "localhost", 8082) })).ShouldHaveSingleItem()
            .ShouldBe("NOTE: other members are told to reach this one at http://localhost:8082/, which is this machine only: where they run elsewhere, set peers.advertise");

    [Fact]
    public async Task A_name_that_nobody_knows_is_named() =>
        (await LookAsync(new StoreUrl { Kind = StoreKind.Etcd }, new PeersConfig { Advertise = new Endpoint("http", "segue.invalid", 8082) })).ShouldHaveSingleItem()
            .ShouldStartWith("NOTE: other members are told to reach this one at http://segue.invalid:8082/, and ");

    [Fact]
    public async Task Of_the_embedded_store_there_is_nothing_to_say() => (await LookAsync(StoreUrl.Embedded, new PeersConfig())).ShouldBeEmpty();

    private static Task<IReadOnlyList<string>> LookAsync(StoreUrl store, PeersConfig peers) =>
        SurroundingsCheck.LookAsync(new SegueConfig { Clusters = [], Store = new StoreConfig { Url = store }, Peers = peers }, TimeProvider.System, default);
}
