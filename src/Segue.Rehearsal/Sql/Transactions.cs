using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Sql;

/// <summary>Open transactions: they live in this coordinator's memory alone, as the engines' do.</summary>
internal sealed class Transactions(Database database) : IDisposable
{
    private readonly ConcurrentDictionary<string, SqliteConnection> _open = new(StringComparer.Ordinal);

    public string Begin()
    {
        var id = new Guid(RandomNumberGenerator.GetBytes(16)).ToString();
        var connection = database.Open();
        Database.Execute(connection, "BEGIN");
        _open[id] = connection;
        return id;
    }

    /// <exception cref="QueryException">There is no such transaction here.</exception>
    public SqliteConnection Find(string id) =>
        _open.TryGetValue(id, out var connection) ? connection : throw new QueryException(QueryError.UnknownTransaction(id));

    public void End(string? id, bool commit)
    {
        if (id is null)
            throw new QueryException(QueryError.NotInTransaction());
        if (!_open.TryRemove(id, out var connection))
            throw new QueryException(QueryError.UnknownTransaction(id));
        using (connection)
            Database.Execute(connection, commit ? "COMMIT" : "ROLLBACK");
    }

    public void Dispose()
    {
        foreach (var connection in _open.Values)
            connection.Dispose();
    }
}
