using Microsoft.Data.Sqlite;
using Segue.Rehearsal.Discovery;
using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Sql;

/// <summary>system.runtime.nodes and queries: copied into the statement's own connection when it names them.</summary>
internal sealed class SystemTables(Func<IReadOnlyList<Node>> nodes, QueryRegistry queries)
{
    public static bool AreNamedIn(IReadOnlyList<SqlToken> tokens) => tokens.Any(token => token.IsName && token.Name == "runtime");

    /// <summary>The query id of <c>CALL system.runtime.kill_query('id', …)</c>.</summary>
    public static string? KilledBy(IReadOnlyList<SqlToken> tokens) =>
        tokens.Any(token => token.Is("kill_query")) && tokens.FirstOrDefault(token => token.Kind == SqlTokenKind.Text) is { Value: { } text }
            ? text.Trim('\'')
            : null;

    public void Kill(string id)
    {
        var query = queries.Find(id) ?? throw new QueryException(QueryError.NotFound($"Target query not found: {id}"));
        query.Fail(QueryError.Killed());
    }

    public void Fill(SqliteConnection connection, IReadOnlyList<SqlToken> tokens)
    {
        if (!AreNamedIn(tokens))
            return;
        Database.Execute(connection, """
            CREATE TEMP TABLE IF NOT EXISTS system_runtime_nodes(node_id VARCHAR, http_uri VARCHAR, node_version VARCHAR, coordinator BOOLEAN, state VARCHAR);
            CREATE TEMP TABLE IF NOT EXISTS system_runtime_queries(query_id VARCHAR, state VARCHAR, "user" VARCHAR, source VARCHAR, query VARCHAR);
            DELETE FROM system_runtime_nodes;
            DELETE FROM system_runtime_queries;
            """);
        foreach (var node in nodes())
            Insert(connection, "INSERT INTO system_runtime_nodes VALUES ($0, $1, $2, $3, 'active')",
                node.NodeId, node.Uri.OriginalString, node.Version, node.Coordinator);
        foreach (var query in queries.All)
            Insert(connection, "INSERT INTO system_runtime_queries VALUES ($0, $1, $2, $3, $4)",
                query.Id, query.State, query.Request.User, query.Request.Source, query.Request.Sql);
    }

    private static void Insert(SqliteConnection connection, string sql, params object[] values)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a constant of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue($"${i}", values[i]);
        command.ExecuteNonQuery();
    }
}
