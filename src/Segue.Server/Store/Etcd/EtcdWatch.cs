using System.Text.Json;

namespace Segue.Server.Store.Etcd;

/// <summary>A stream of etcd's that is opened again behind what was told, as often as it ends.</summary>
internal sealed class EtcdWatch(EtcdClient client, byte[] key, byte[] end, Func<ReadOnlyMemory<byte>, string> name, TimeProvider time)
{
    private readonly StoreBackOff _backOff = new(time);
    private EtcdEndpoint? _endpoint;
    private StreamReader? _lines;

    // the revision up to which everything was told; null where it has to begin anew
    private long? _told;

    public IAsyncEnumerable<StoreChange> RunAsync(CancellationToken closed, CancellationToken cancellation) =>
        StoreChanges.WatchAsync(NextAsync, () => _lines?.Dispose(), closed, cancellation);

    private async Task<List<StoreChange>> NextAsync(CancellationToken stop)
    {
        var endpoint = _endpoint ??= client.Endpoint;
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, endpoint.Left);
        try
        {
            _lines ??= await client.StreamAsync(endpoint, "/v3/watch",
                new WatchRequest(new WatchCreation(key, end, _told + 1)), EtcdJson.Default.WatchRequest, any.Token);
            if (await _lines.ReadLineAsync(any.Token) is not { } line)
                throw new EndOfStreamException("etcd ended the watch");
            var said = JsonSerializer.Deserialize(line, EtcdJson.Default.WatchLine);
            if (said?.Result is not { } result)
                throw new EtcdException(said?.Error?.GrpcCode ?? 0, said?.Error?.Message ?? "etcd ended the watch");
            _backOff.Reset();
            return Told(result);
        }
        catch (Exception exception) when (StoreDeadline.IsOfTheNetwork(exception))
        {
            if (!stop.IsCancellationRequested)
                client.Leave(endpoint);
            Close();
            if (!stop.IsCancellationRequested)
                await _backOff.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return [];
        }
    }

    private List<StoreChange> Told(WatchResponse said)
    {
        // a restored or new store has to come to our revision yet
        if (said is { Canceled: true, CompactRevision: > 0 } || (said.Created && _told > said.Header.Revision))
        {
            _told = null;
            Close();
            return [];
        }
        if (said.Canceled)
            throw new EtcdException(0, said.CancelReason ?? "etcd ended the watch");
        if (said.Created)
        {
            if (_told is not null)
                return [];
            _told = said.Header.Revision;
            return [StoreChange.Gap];
        }
        // with events it is ahead of what was sent; without, it says that all before it was
        var events = said.Events ?? [];
        _told = events.IsEmpty ? said.Header.Revision : events[^1].Kv.ModRevision;
        return [.. events.Select(e => e.Type == "DELETE"
            ? StoreChange.Removed(name(e.Kv.Key), e.Kv.ModRevision)
            : new StoreChange(name(e.Kv.Key), e.Kv.Value, e.Kv.ModRevision))];
    }

    private void Close()
    {
        _lines?.Dispose();
        (_lines, _endpoint) = (null, null);
    }
}
