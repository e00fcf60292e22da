using System.Collections.Immutable;
using Segue.Core.Configuration;

namespace Segue.Server.Store.Etcd;

/// <summary>One member of etcd while it is used.</summary>
internal sealed class EtcdEndpoint(Uri url, CancellationTokenSource left)
{
    public Uri Url => url;

    /// <summary>Canceled when it failed: a watch that hangs on it would hear nothing.</summary>
    public CancellationToken Left => left.Token;

    public void Leave() => left.Cancel();
}

/// <summary>The one endpoint that everything goes to, until it fails.</summary>
internal sealed class EtcdEndpoints
{
    private readonly ImmutableArray<Uri> _urls;
    private EtcdEndpoint _current;

    public EtcdEndpoints(ImmutableArray<StoreHost> hosts, bool secure)
    {
        _urls = [.. hosts.Select(host => new Uri($"{(secure ? "https" : "http")}://{host}"))];
        _current = new EtcdEndpoint(_urls[0], new CancellationTokenSource());
    }

    public int Count => _urls.Length;

    public EtcdEndpoint Current => Volatile.Read(ref _current);

    /// <summary>The next one's turn; with one endpoint it is its own.</summary>
    public void Leave(EtcdEndpoint failed)
    {
        var next = new EtcdEndpoint(_urls[(_urls.IndexOf(failed.Url) + 1) % _urls.Length], new CancellationTokenSource());
        if (Interlocked.CompareExchange(ref _current, next, failed) == failed)
            failed.Leave();
    }
}
