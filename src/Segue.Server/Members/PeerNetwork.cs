using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Server.Store;

namespace Segue.Server.Members;

/// <summary>The lanes to the other members that live.</summary>
internal sealed class PeerNetwork(MemberIdentity me, string cluster, PeerSeal seal, HttpClient http, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private long _number;
    private ImmutableDictionary<string, (Uri Address, PeerLane Lane)> _lanes = ImmutableDictionary<string, (Uri, PeerLane)>.Empty;

    /// <summary>Where each other member is reached, by id.</summary>
    public ImmutableDictionary<string, Uri> Addresses => Volatile.Read(ref _lanes).ToImmutableDictionary(static pair => pair.Key, static pair => pair.Value.Address);

    public static HttpClient Client(PeersConfig config) => new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(1),
        UseProxy = false,
        AllowAutoRedirect = false,
        SslOptions = ClientTls.Options(new StoreTlsConfig { AuthorityFile = config.AuthorityFile }),
    });

    /// <summary>Where the others reach this member.</summary>
    public static Uri AddressOf(PeersConfig config, int port) => config switch
    {
        { Advertise: { } advertise } => new Uri(advertise.ToString()),
        { Listen: { Host: not ("0.0.0.0" or "*" or "[::]") } listen } => new Uri((listen with { Port = port }).ToString()),
        { Listen.Scheme: var scheme } => new Uri(new Endpoint(scheme, Environment.MachineName, port).ToString()),
    };

    /// <summary>Those that live, by id; this one apart.</summary>
    public void Know(IReadOnlyDictionary<string, Uri> others)
    {
        lock (_lock)
        {
            var gone = _lanes.Where(pair => !others.TryGetValue(pair.Key, out var address) || address != pair.Value.Address).ToList();
            var kept = _lanes.RemoveRange(gone.Select(static pair => pair.Key));
            var added = others.Where(pair => !kept.ContainsKey(pair.Key))
                .Select(pair => KeyValuePair.Create(pair.Key, (pair.Value, new PeerLane(pair.Key, pair.Value, http, seal, () => Interlocked.Increment(ref _number), time, logger))));
            Volatile.Write(ref _lanes, kept.AddRange(added.ToList()));
            foreach (var (_, lane) in gone)
                _ = lane.Lane.DisposeAsync().AsTask();
        }
    }

    public void Tell(Func<PeerWord, PeerWord> say)
    {
        foreach (var (id, _) in Volatile.Read(ref _lanes))
            Tell(id, say);
    }

    /// <summary>Of one that is not known nothing is said: it is told again, or finds it in the store.</summary>
    public void Tell(string id, Func<PeerWord, PeerWord> say)
    {
        if (Volatile.Read(ref _lanes).TryGetValue(id, out var to))
            to.Lane.Tell(say(new PeerWord { From = me.Id, Name = me.Name, Cluster = cluster, Number = 0 }));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, (_, lane)) in _lanes)
            await lane.DisposeAsync();
        http.Dispose();
    }
}
