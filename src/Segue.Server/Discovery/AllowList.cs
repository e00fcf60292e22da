using System.Collections.Immutable;
using System.Net;

namespace Segue.Server.Discovery;

/// <summary>Who may announce (R10.2); an empty list means everyone. Throws for what is not a CIDR.</summary>
internal sealed class AllowList(ImmutableArray<string> cidrs)
{
    private readonly ImmutableArray<IPNetwork> _networks = [.. cidrs.Select(static cidr => IPNetwork.Parse(cidr))];

    public bool Permits(IPAddress? remote)
    {
        if (_networks.IsEmpty)
            return true;
        if (remote is null)
            return false;
        var address = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        return _networks.Any(network => network.Contains(address));
    }
}
