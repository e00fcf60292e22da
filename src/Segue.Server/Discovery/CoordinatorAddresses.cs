using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Segue.Core.Configuration;

namespace Segue.Server.Discovery;

/// <summary>Every <c>host:port</c> of each coordinator: nodes announce addresses where the configuration may have names.</summary>
internal sealed class CoordinatorAddresses
{
    private volatile ImmutableDictionary<string, ImmutableHashSet<string>> _known = ImmutableDictionary<string, ImmutableHashSet<string>>.Empty;

    public ImmutableHashSet<string> Of(string? coordinator) =>
        coordinator is null ? [] : _known.GetValueOrDefault(coordinator) ?? [coordinator];

    /// <summary>Resolves the names again; one that does not resolve keeps what it had.</summary>
    public async Task RefreshAsync(ImmutableArray<CoordinatorConfig> coordinators, CancellationToken cancellation)
    {
        foreach (var (name, url) in coordinators.Select(static c => (c.Name, c.Url)))
        {
            if (IPAddress.TryParse(url.Host, out _))
                continue;
            try
            {
                var addresses = await Dns.GetHostAddressesAsync(url.Host, cancellation);
                _known = _known.SetItem(name, [name, .. addresses.Select(address => $"{Bracketed(address)}:{url.Port}")]);
            }
            catch (SocketException)
            {
                // the probes say that the name does not resolve; here the last answer stays good
            }
        }
    }

    private static string Bracketed(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
}
