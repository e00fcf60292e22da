using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;

namespace Segue.Server.Store.Etcd;

/// <summary>The store of several members in etcd: versions are revisions, sessions are leases.</summary>
public sealed class EtcdStore : ISessionStore
{
    /// <summary>Longer than an election among etcd's members takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int Page = 500;

    private readonly EtcdClient _client;
    private readonly StoreDeadline _deadline;
    private readonly TimeProvider _time;
    private readonly string _prefix;

    private EtcdStore(StoreConfig config, ILogger logger, TimeProvider time, TimeSpan? patience)
    {
        _client = new EtcdClient(config, time);
        _time = time;
        _deadline = new StoreDeadline(patience ?? Patience, time, new StoreHealth(config.Url.ToString(), logger));
        _prefix = config.Url.Name + "/";
    }

    /// <exception cref="StoreStartException">It does not answer, or does not let the user in.</exception>
    public static async ValueTask<EtcdStore> OpenAsync(
        StoreConfig config, ILogger logger, TimeProvider time, CancellationToken cancellation, TimeSpan? patience = null)
    {
        var store = new EtcdStore(config, logger, time, patience);
        var ready = await store.ReadAsync("deployment", cancellation);
        if (ready.Succeeded)
            return store;
        await store.DisposeAsync();
        throw new StoreStartException($"The store {config.Url} cannot be used: {ready.Detail}");
    }

    public ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation) => _deadline.AskAsync<VersionedValue?>(
        async cancelled => new((await RangeAsync(new RangeRequest(Key(key)), cancelled)).Kvs is [var found] ? Value(found) : null, StoreError.None, null),
        cancellation);

    public ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation) =>
        _deadline.AskAsync<ImmutableArray<VersionedValue>>(
            async cancelled =>
            {
                var found = ImmutableArray.CreateBuilder<VersionedValue>();
                var request = new RangeRequest(Key(prefix)) { RangeEnd = End(prefix), Limit = Page };
                while (true)
                {
                    var page = await RangeAsync(request, cancelled);
                    foreach (var entry in page.Kvs ?? [])
                        found.Add(Value(entry));
                    if (!page.More)
                        return new(found.ToImmutable(), StoreError.None, null);
                    // all pages of one moment
                    request = request with { Key = (byte[])[.. page.Kvs!.Value[^1].Key.Span, 0], Revision = request.Revision ?? page.Header.Revision };
                }
            },
            cancellation);

    public ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation) =>
        PutAsync(key, value, expected, null, cancellation);

    public ValueTask<StoreResult<long>> WriteAsync(
        string key, ReadOnlyMemory<byte> value, long expected, StoreSession session, CancellationToken cancellation) =>
        PutAsync(key, value, expected, session, cancellation);

    public ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation) => _deadline.AskAsync<bool>(
        async cancelled =>
        {
            var (done, found) = await ChangeAsync(key, expected, new EtcdOperation { RequestDeleteRange = new RangeRequest(Key(key)) }, cancelled);
            return done is not null && expected > 0 ? new(true, StoreError.None, null) : new(false, StoreError.Conflict, StoreConflict.Of(key, found, expected));
        },
        cancellation);

    public ValueTask<StoreResult<StoreSession>> OpenSessionAsync(TimeSpan ttl, CancellationToken cancellation) => _deadline.AskAsync<StoreSession>(
        async cancelled =>
        {
            // one that was granted twice runs out by itself
            var lease = await _client.PostAsync("/v3/lease/grant", new LeaseRequest { Ttl = (long)Math.Ceiling(ttl.TotalSeconds) },
                EtcdJson.Default.LeaseRequest, EtcdJson.Default.LeaseResponse, repeatable: true, cancelled);
            return new(new StoreSession(lease.Id, TimeSpan.FromSeconds(lease.Ttl)), StoreError.None, null);
        },
        cancellation);

    public ValueTask<StoreResult<bool>> RenewAsync(StoreSession session, CancellationToken cancellation) => _deadline.AskAsync<bool>(
        async cancelled =>
        {
            var kept = await _client.PostAsync("/v3/lease/keepalive", new LeaseRequest { Id = session.Id },
                EtcdJson.Default.LeaseRequest, EtcdJson.Default.KeepAliveResponse, repeatable: true, cancelled);
            if (kept.Error is { } error)
                return new(false, StoreError.Unavailable, error.Message ?? "etcd gave no reason.");
            return kept.Result is { Ttl: > 0 } ? new(true, StoreError.None, null) : new(false, StoreError.Conflict, StoreConflict.Over(session));
        },
        cancellation);

    public ValueTask<StoreResult<bool>> EndAsync(StoreSession session, CancellationToken cancellation) => _deadline.AskAsync<bool>(
        async cancelled =>
        {
            try
            {
                await _client.PostAsync("/v3/lease/revoke", new LeaseRequest { Id = session.Id },
                    EtcdJson.Default.LeaseRequest, EtcdJson.Default.LeaseResponse, repeatable: true, cancelled);
            }
            catch (EtcdException exception) when (exception.IsNotFound)
            {
                // it was over already
            }
            return new(true, StoreError.None, null);
        },
        cancellation);

    public IAsyncEnumerable<StoreChange> WatchAsync(string prefix, CancellationToken cancellation) =>
        new EtcdWatch(_client, Key(prefix), End(prefix), Name, _time).RunAsync(_deadline.Closed, cancellation);

    public ValueTask DisposeAsync()
    {
        _deadline.Dispose();
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private ValueTask<StoreResult<long>> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expected, StoreSession? session, CancellationToken cancellation) => _deadline.AskAsync<long>(
        async cancelled =>
        {
            try
            {
                var (done, found) = await ChangeAsync(key, expected, new EtcdOperation { RequestPut = new PutRequest(Key(key), value, session?.Id) }, cancelled);
                return done is { } version ? new(version, StoreError.None, null) : new(0, StoreError.Conflict, StoreConflict.Of(key, found, expected));
            }
            catch (EtcdException exception) when (session is not null && exception.IsNotFound)
            {
                return new(0, StoreError.Conflict, StoreConflict.Over(session));
            }
        },
        cancellation);

    /// <summary>The revision it was done at, or null and the key's version.</summary>
    private async Task<(long? Done, long Found)> ChangeAsync(string key, long expected, EtcdOperation change, CancellationToken cancellation)
    {
        var answer = await _client.PostAsync("/v3/kv/txn",
            new TxnRequest([new EtcdCompare(Key(key), expected)], [change], [new EtcdOperation { RequestRange = new RangeRequest(Key(key)) }]),
            EtcdJson.Default.TxnRequest, EtcdJson.Default.TxnResponse, repeatable: false, cancellation);
        return answer.Succeeded
            ? (answer.Header.Revision, 0)
            : (null, answer.Responses is [{ ResponseRange.Kvs: [var found] }] ? found.ModRevision : 0);
    }

    private Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken cancellation) =>
        _client.PostAsync("/v3/kv/range", request, EtcdJson.Default.RangeRequest, EtcdJson.Default.RangeResponse, repeatable: true, cancellation);

    private byte[] Key(string key) => Encoding.UTF8.GetBytes(_prefix + key);

    /// <summary>The first key behind all that begin with the prefix; no byte of UTF-8 is the last there is.</summary>
    private byte[] End(string prefix)
    {
        var end = Key(prefix);
        end[^1]++;
        return end;
    }

    private string Name(ReadOnlyMemory<byte> key) => Encoding.UTF8.GetString(key.Span)[_prefix.Length..];

    private VersionedValue Value(EtcdKeyValue found) => new(Name(found.Key), found.Value, found.ModRevision);
}
