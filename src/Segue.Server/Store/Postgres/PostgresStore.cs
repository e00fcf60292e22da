using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Segue.Core.Configuration;

namespace Segue.Server.Store.Postgres;

/// <summary>The store of several members in PostgreSQL, whose clock decides.</summary>
public sealed class PostgresStore : ISessionStore
{
    /// <summary>Longer than a busy server's longest commit, shorter than anybody wants to wait.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource _watching;
    private readonly string _schema;
    private readonly TimeProvider _time;
    private readonly StoreDeadline _deadline;

    private PostgresStore(StoreConfig config, ILogger logger, TimeProvider time, TimeSpan? patience)
    {
        _source = PostgresSource.Create(config, pooled: true);
        _watching = PostgresSource.Create(config, pooled: false);
        _schema = config.Url.Schema;
        _time = time;
        _deadline = new StoreDeadline(patience ?? Patience, time, new StoreHealth(config.Url.ToString(), logger));
    }

    /// <exception cref="StoreStartException">It does not answer, or its schema cannot be made or used.</exception>
    public static async ValueTask<PostgresStore> OpenAsync(
        StoreConfig config, ILogger logger, TimeProvider time, CancellationToken cancellation, TimeSpan? patience = null)
    {
        var store = new PostgresStore(config, logger, time, patience);
        try
        {
            var ready = await store._deadline.AskAsync<bool>(async cancelled =>
            {
                await PostgresLayout.PrepareAsync(store._source, store._schema, cancelled);
                return new(true, StoreError.None, null);
            }, cancellation);
            return ready.Succeeded ? store : throw new StoreStartException($"The store {config.Url} cannot be used: {ready.Detail}");
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation) => _deadline.AskAsync<VersionedValue?>(
        async cancelled => new((await QueryAsync("SELECT key, value, version FROM segue.read($1)", key, cancelled)).SingleOrDefault(), StoreError.None, null),
        cancellation);

    public ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation) =>
        _deadline.AskAsync<ImmutableArray<VersionedValue>>(
            async cancelled => new([.. await QueryAsync("SELECT key, value, version FROM segue.list($1)", prefix, cancelled)], StoreError.None, null), cancellation);

    public ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation) =>
        PutAsync(key, value, expected, null, cancellation);

    public ValueTask<StoreResult<long>> WriteAsync(
        string key, ReadOnlyMemory<byte> value, long expected, StoreSession session, CancellationToken cancellation) =>
        PutAsync(key, value, expected, session.Id, cancellation);

    public ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation) => _deadline.AskAsync<bool>(
        async cancelled =>
        {
            await using var command = Command("SELECT segue.remove($1, $2)", Text(key), Number(expected));
            var found = (long)(await command.ExecuteScalarAsync(cancelled))!;
            return found == expected && found > 0 ? new(true, StoreError.None, null) : new(false, StoreError.Conflict, StoreConflict.Of(key, found, expected));
        },
        cancellation);

    public ValueTask<StoreResult<StoreSession>> OpenSessionAsync(TimeSpan ttl, CancellationToken cancellation) => _deadline.AskAsync<StoreSession>(
        async cancelled =>
        {
            await using var command = Command("SELECT segue.open($1)", new NpgsqlParameter<TimeSpan> { TypedValue = ttl, NpgsqlDbType = NpgsqlDbType.Interval });
            return new(new StoreSession((long)(await command.ExecuteScalarAsync(cancelled))!, ttl), StoreError.None, null);
        },
        cancellation);

    public ValueTask<StoreResult<bool>> RenewAsync(StoreSession session, CancellationToken cancellation) => _deadline.AskAsync<bool>(
        async cancelled =>
        {
            await using var command = Command("SELECT segue.renew($1)", Number(session.Id));
            return (bool)(await command.ExecuteScalarAsync(cancelled))!
                ? new(true, StoreError.None, null)
                : new(false, StoreError.Conflict, StoreConflict.Over(session));
        },
        cancellation);

    public ValueTask<StoreResult<bool>> EndAsync(StoreSession session, CancellationToken cancellation) => _deadline.AskAsync<bool>(
        async cancelled =>
        {
            await using var command = Command("SELECT segue.close($1)", Number(session.Id));
            await command.ExecuteNonQueryAsync(cancelled);
            return new(true, StoreError.None, null);
        },
        cancellation);

    public IAsyncEnumerable<StoreChange> WatchAsync(string prefix, CancellationToken cancellation) =>
        new PostgresWatch(_watching, _schema, prefix, _time).RunAsync(_deadline.Closed, cancellation);

    public async ValueTask DisposeAsync()
    {
        _deadline.Dispose();
        await _source.DisposeAsync();
        await _watching.DisposeAsync();
    }

    private ValueTask<StoreResult<long>> PutAsync(string key, ReadOnlyMemory<byte> value, long expected, long? session, CancellationToken cancellation) =>
        _deadline.AskAsync<long>(
            async cancelled =>
            {
                await using var command = Command("SELECT version, stands FROM segue.write($1, $2, $3, $4)",
                    Text(key),
                    new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea },
                    Number(expected),
                    session is { } bound ? Number(bound) : new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
                await using var reader = await command.ExecuteReaderAsync(cancelled);
                await reader.ReadAsync(cancelled);
                if (!await reader.IsDBNullAsync(0, cancelled))
                    return new(reader.GetInt64(0), StoreError.None, null);
                var found = reader.GetInt64(1);
                return new(0, StoreError.Conflict, found < 0 ? $"The session of {key} is over." : StoreConflict.Of(key, found, expected));
            },
            cancellation);

    private async Task<List<VersionedValue>> QueryAsync(string text, string argument, CancellationToken cancellation)
    {
        await using var command = Command(text, Text(argument));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var found = new List<VersionedValue>();
        while (await reader.ReadAsync(cancellation))
            found.Add(new VersionedValue(reader.GetString(0), await reader.GetFieldValueAsync<byte[]>(1, cancellation), reader.GetInt64(2)));
        return found;
    }

    private NpgsqlCommand Command(string text, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = _source.CreateCommand(PostgresLayout.In(_schema, text));
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };
}
