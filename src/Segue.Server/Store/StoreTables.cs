using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace Segue.Server.Store;

/// <summary>The embedded store's statements, prepared once; used by its one thread alone.</summary>
internal sealed class StoreTables : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _read;
    private readonly SqliteCommand _list;
    private readonly SqliteCommand _next;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _update;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _bind;
    private readonly SqliteCommand _unbind;
    private readonly SqliteCommand _bound;
    private readonly List<StoreChange> _changes = [];

    public StoreTables(SqliteConnection connection)
    {
        _connection = connection;
        _read = Prepare("SELECT key, value, version FROM entries WHERE key = $key", "$key");
        // no character sorts behind U+10FFFF
        _list = Prepare("SELECT key, value, version FROM entries WHERE key >= $prefix AND key < $prefix || char(1114111) ORDER BY key", "$prefix");
        // one counter for all keys: a key that is removed and made again never repeats a version
        _next = Prepare("UPDATE revision SET last = last + 1 RETURNING last");
        _insert = Prepare("INSERT INTO entries VALUES ($key, $value, $version) ON CONFLICT DO NOTHING", "$key", "$value", "$version");
        _update = Prepare(
            "UPDATE entries SET value = $value, version = $version WHERE key = $key AND version = $expected", "$key", "$value", "$version", "$expected");
        _delete = Prepare("DELETE FROM entries WHERE key = $key AND version = $expected", "$key", "$expected");
        _bind = Prepare("INSERT INTO bound VALUES ($key, $session)", "$key", "$session");
        _unbind = Prepare("DELETE FROM bound WHERE key = $key", "$key");
        _bound = Prepare("SELECT key, value, version FROM entries JOIN bound USING (key) WHERE session = $session ORDER BY key", "$session");
    }

    /// <summary>What was changed since <see cref="Begin"/>.</summary>
    public IReadOnlyList<StoreChange> Changes => _changes;

    private SqliteCommand[] All => [_read, _list, _next, _insert, _update, _delete, _bind, _unbind, _bound];

    public SqliteTransaction Begin()
    {
        _changes.Clear();
        var transaction = _connection.BeginTransaction();
        foreach (var command in All)
            command.Transaction = transaction;
        return transaction;
    }

    public StoreResult<VersionedValue?> Read(string key) => new(Query(_read, key).SingleOrDefault(), StoreError.None, null);

    public StoreResult<ImmutableArray<VersionedValue>> List(string prefix) => new([.. Query(_list, prefix)], StoreError.None, null);

    /// <param name="session">The key is removed with it; null to stay.</param>
    public StoreResult<long> Write(string key, ReadOnlyMemory<byte> value, long expected, long? session = null)
    {
        var version = Next();
        var changed = expected == 0
            ? Run(_insert, key, value.ToArray(), version)
            : Run(_update, key, value.ToArray(), version, expected);
        if (changed == 0)
            return new(0, StoreError.Conflict, Conflict(key, expected));
        Run(_unbind, key);
        if (session is { } bound)
            Run(_bind, key, bound);
        _changes.Add(new StoreChange(key, value, version));
        return new(version, StoreError.None, null);
    }

    public StoreResult<bool> Delete(string key, long expected)
    {
        if (Run(_delete, key, expected) == 0)
            return new(false, StoreError.Conflict, Conflict(key, expected));
        Run(_unbind, key);
        _changes.Add(StoreChange.Removed(key, Next()));
        return new(true, StoreError.None, null);
    }

    /// <summary>Removes the keys of a session.</summary>
    public void End(long session)
    {
        foreach (var bound in Query(_bound, session))
            Delete(bound.Key, bound.Version);
    }

    public void Dispose()
    {
        foreach (var command in All)
            command.Dispose();
        _connection.Dispose();
    }

    private long Next() => (long)_next.ExecuteScalar()!;

    private SqliteCommand Prepare(string text, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var name in parameters)
            command.Parameters.AddWithValue(name, "");
        return command;
    }

    private static int Run(SqliteCommand command, params object[] values)
    {
        Bind(command, values);
        return command.ExecuteNonQuery();
    }

    private static List<VersionedValue> Query(SqliteCommand command, object argument)
    {
        Bind(command, argument);
        using var reader = command.ExecuteReader();
        var found = new List<VersionedValue>();
        while (reader.Read())
            found.Add(new VersionedValue(reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetInt64(2)));
        return found;
    }

    private static void Bind(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
    }

    private string Conflict(string key, long expected) => StoreConflict.Of(key, Read(key).Value?.Version ?? 0, expected);
}
