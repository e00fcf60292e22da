using Npgsql;
using NpgsqlTypes;

namespace Segue.Server.Store.Postgres;

/// <summary>
/// Asks for what is newer than the last version it told. A notification only wakes it, so none may be lost; it asks each second, too, which
/// also brings sessions to their end and shows a server that does not answer.
/// </summary>
internal sealed class PostgresWatch(NpgsqlDataSource source, string schema, string prefix, TimeProvider time)
{
    private const int Page = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly StoreBackOff _backOff = new(time);
    private NpgsqlConnection? _connection;
    private Task _asking = Task.CompletedTask;

    // null before it began
    private long? _told;

    public IAsyncEnumerable<StoreChange> RunAsync(CancellationToken closed, CancellationToken cancellation) =>
        StoreChanges.WatchAsync(NextAsync, Leave, closed, cancellation);

    /// <summary>What came within an interval; often nothing.</summary>
    private async Task<List<StoreChange>> NextAsync(CancellationToken stop)
    {
        try
        {
            _connection ??= await WithinAsync(ConnectAsync, stop);
            var changes = await WithinAsync(ReadAsync, stop);
            _backOff.Reset();
            if (changes.Count == 0)
                await WithinAsync(async cancelled => await _connection!.WaitAsync(Interval, cancelled), stop);
            return changes;
        }
        catch (Exception exception) when (StoreDeadline.IsOfTheNetwork(exception))
        {
            // asking the store says it in the log; here only what is to be told counts
            Leave();
            if (!stop.IsCancellationRequested)
                await _backOff.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return [];
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        var connection = await source.OpenConnectionAsync(cancellation);
        try
        {
            await using var command = new NpgsqlCommand($"LISTEN {schema}", connection);
            await command.ExecuteNonQueryAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<List<StoreChange>> ReadAsync(CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(_connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PostgresLayout.In(schema, "SELECT last, forgotten FROM segue.seen()")));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PostgresLayout.In(schema, """
            SELECT key, value, version FROM segue.entry
            WHERE version > $2 AND starts_with(key, $1) ORDER BY version LIMIT $3
            """))
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = prefix, NpgsqlDbType = NpgsqlDbType.Text },
                // before it began nothing is asked for
                new NpgsqlParameter<long> { TypedValue = _told ?? long.MaxValue, NpgsqlDbType = NpgsqlDbType.Bigint },
                new NpgsqlParameter<int> { TypedValue = Page, NpgsqlDbType = NpgsqlDbType.Integer },
            },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var (last, forgotten) = (reader.GetInt64(0), reader.GetInt64(1));
        if (_told is not { } told || told < forgotten || told > last)
        {
            _told = last;
            return [StoreChange.Gap];
        }
        await reader.NextResultAsync(cancellation);
        var changes = new List<StoreChange>();
        while (await reader.ReadAsync(cancellation))
        {
            changes.Add(await reader.IsDBNullAsync(1, cancellation)
                ? StoreChange.Removed(reader.GetString(0), reader.GetInt64(2))
                : new StoreChange(reader.GetString(0), await reader.GetFieldValueAsync<byte[]>(1, cancellation), reader.GetInt64(2)));
        }
        // what was committed between the two questions comes next time, unless it is here already
        _told = changes.Count > 0 && (changes.Count == Page || changes[^1].Version > last) ? changes[^1].Version : last;
        return changes;
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        var asking = ask(both.Token);
        _asking = asking;
        return await asking.WaitAsync(both.Token);
    }

    /// <summary>A question that was given up may still run, and its connection must not be closed under it; nobody waits for that.</summary>
    private void Leave()
    {
        if (_connection is { } connection)
            _ = CloseAsync(connection, _asking);
        _connection = null;
    }

    private static async Task CloseAsync(NpgsqlConnection connection, Task asking)
    {
        await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
    }
}
