using System.Globalization;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Networks;

/// <summary>The store of several members: three nodes of etcd, or one PostgreSQL.</summary>
internal sealed class FleetStore : IAsyncDisposable
{
    private readonly IReadOnlyList<Etcd> _nodes;
    private readonly Postgres? _postgres;
    private readonly HashSet<Etcd> _ended = [];

    private FleetStore(IReadOnlyList<Etcd> nodes, Postgres? postgres, string url) => (_nodes, _postgres, Url) = (nodes, postgres, url);

    /// <summary>As Segue's configuration wants it.</summary>
    public string Url { get; }

    /// <param name="kind">etcd, PostgreSQL, or embedded, which is in the member.</param>
    /// <param name="hosts">PostgreSQL is on the first one.</param>
    public static async Task<FleetStore> StartAsync(string kind, IReadOnlyList<Host> hosts)
    {
        if (kind == "embedded")
            return new FleetStore([], null, kind);
        if (kind == "etcd")
        {
            var nodes = await Etcd.StartAsync(hosts);
            return new FleetStore(nodes, null, $"etcd://{string.Join(',', nodes.Select(static node => node.Host.Url(node.Port).Authority))}");
        }
        var postgres = await Postgres.StartAsync("", hosts[0]);
        return new FleetStore([], postgres, string.Create(CultureInfo.InvariantCulture, $"postgres://postgres@{hosts[0].Address}:{postgres.Port}/postgres"));
    }

    /// <summary>The host whose end or loss the store has to get over: its leader's, or the only one; the others beside it.</summary>
    public async Task<(Host? Leader, IReadOnlyList<Host> Others)> LeaderAsync()
    {
        var leader = await LeadingAsync();
        return (leader?.Host, [.. _nodes.Where(node => node != leader).Select(static node => node.Host)]);
    }

    /// <summary>Ends the node that leads; of PostgreSQL, the server.</summary>
    public async Task KillLeaderAsync()
    {
        if (_postgres is not null)
        {
            await GoAsync();
            return;
        }
        var leader = (await LeadingAsync())!;
        _ended.Add(leader);
        await leader.StopAsync();
    }

    /// <summary>Ends all of it.</summary>
    public async Task GoAsync()
    {
        if (_postgres is not null)
            await _postgres.StopAsync();
        foreach (var node in _nodes.Where(_ended.Add))
            await node.StopAsync();
    }

    /// <summary>Starts again what has ended.</summary>
    public async Task ComeBackAsync()
    {
        if (_postgres is { IsRunning: false })
            await _postgres.BeginAsync();
        await Task.WhenAll(_ended.Select(static node => node.BeginAsync()));
        _ended.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    private async Task<Etcd?> LeadingAsync()
    {
        foreach (var node in _nodes.Where(node => !_ended.Contains(node)))
        {
            if (await node.LeadsAsync())
                return node;
        }
        return null;
    }
}
