using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Server.Store;

namespace Segue.Server.Members;

/// <summary>The lanes to the other members that live.</summary>
internal sealed class PeerNetwork(MemberIdentity me, string cluster, PeerSeal seal, HttpClient http, TimeSpan wordLife, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>Clients of one that is gone come soon or not at all.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, Met> _met = new(StringComparer.Ordinal);
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

    /// <summary>Where one is reached, or was until lately; null where that was never known.</summary>
    public Uri? AddressOf(string id) => _met.GetValueOrDefault(id)?.Address;

    /// <summary>Nothing was heard of it for longer than a word counts (R2.1).</summary>
    public bool IsSilent(string id) => !_met.TryGetValue(id, out var met) || time.GetElapsedTime(met.HeardAt) > wordLife;

    /// <summary>A word of another member has come.</summary>
    public void Heard(string id)
    {
        if (_met.TryGetValue(id, out var met))
            met.HeardAt = time.GetTimestamp();
    }

    /// <summary>Those that live, by id; this one apart.</summary>
    public void Know(IReadOnlyDictionary<string, Uri> others)
    {
        lock (_lock)
        {
            foreach (var (id, address) in others)
                Meet(id, address);
            ForgetOld();
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

    /// <summary>The store lists it.</summary>
    public void Meet(string id, Uri address)
    {
        // who has just come is heard in a moment
        var met = _met.GetOrAdd(id, _ => new Met(address) { HeardAt = time.GetTimestamp() });
        met.ListedAt = time.GetTimestamp();
    }

    private void ForgetOld()
    {
        foreach (var (id, met) in _met)
        {
            if (time.GetElapsedTime(met.ListedAt) > Remembered)
                _met.TryRemove(id, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, (_, lane)) in _lanes)
            await lane.DisposeAsync();
        http.Dispose();
    }

    private sealed class Met(Uri address)
    {
        private long _heardAt;
        private long _listedAt;

        public Uri Address => address;

        public long HeardAt
        {
            get => Interlocked.Read(ref _heardAt);
            set => Interlocked.Exchange(ref _heardAt, value);
        }

        public long ListedAt
        {
            get => Interlocked.Read(ref _listedAt);
            set => Interlocked.Exchange(ref _listedAt, value);
        }
    }
}
