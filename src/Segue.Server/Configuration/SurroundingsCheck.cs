using System.Net;
using System.Net.Sockets;
using Segue.Core.Configuration;
using Segue.Server.Members;

namespace Segue.Server.Configuration;

/// <summary>What a member of several needs around it, looked at from this machine; nothing is changed, and no credentials are tried.</summary>
public static class SurroundingsCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>One sentence each; none with the embedded store.</returns>
    public static async Task<IReadOnlyList<string>> LookAsync(SegueConfig config, TimeProvider time, CancellationToken cancellation)
    {
        if (config.Store.Url.Kind == StoreKind.Embedded)
            return [];
        var stores = await Task.WhenAll(config.Store.Url.Hosts.Select(host => StoreAsync(host, time, cancellation)));
        return [.. stores, await PeersAsync(PeerNetwork.AddressOf(config.Peers, config.Peers.Listen.Port), time, cancellation)];
    }

    private static async Task<string> StoreAsync(StoreHost host, TimeProvider time, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host.Host.Trim('[', ']'), host.Port, any.Token);
            return $"store {host.Host}:{host.Port} takes connections from here";
        }
        catch (SocketException exception)
        {
            return $"NOTE: store {host.Host}:{host.Port} cannot be reached from here: {exception.Message}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"NOTE: store {host.Host}:{host.Port} cannot be reached from here within {Patience.TotalSeconds:0} s";
        }
    }

    private static async Task<string> PeersAsync(Uri address, TimeProvider time, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            var found = await Dns.GetHostAddressesAsync(address.IdnHost, any.Token);
            return Array.TrueForAll(found, IPAddress.IsLoopback)
                ? $"NOTE: other members are told to reach this one at {address}, which is this machine only: where they run elsewhere, set peers.advertise"
                : $"other members are told to reach this one at {address}, which is {string.Join(", ", (object[])found)} here";
        }
        catch (SocketException exception)
        {
            return $"NOTE: other members are told to reach this one at {address}, and {address.Host} is not known here ({exception.Message}): set peers.advertise";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"NOTE: other members are told to reach this one at {address}, and {address.Host} is not found within {Patience.TotalSeconds:0} s: set peers.advertise";
        }
    }
}
