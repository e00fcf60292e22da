using System.Globalization;
using Microsoft.Data.Sqlite;
using Segue.Core.Model;
using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Sql;

/// <summary>The tables behind the catalogs: tpch in memory and read only, memory in a file that coordinators share or in this process.</summary>
internal sealed class Database : IDisposable
{
    private static int _instances;

    private readonly string _main;
    private readonly string _tpch;
    private readonly SqliteConnection _keepsMemoryAlive;

    public Database(string? file)
    {
        var number = Interlocked.Increment(ref _instances);
        _main = file is null
            ? string.Create(CultureInfo.InvariantCulture, $"file:memory-{number}?mode=memory&cache=shared")
            : "file:" + Path.GetFullPath(file);
        _tpch = string.Create(CultureInfo.InvariantCulture, $"file:tpch-{number}?mode=memory&cache=shared");
        _keepsMemoryAlive = Open();
        Execute(_keepsMemoryAlive, TpchTables.Script);
        if (file is not null)
            Execute(_keepsMemoryAlive, "PRAGMA journal_mode = WAL");
    }

    /// <summary>A connection for one statement or one transaction.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={_main};Pooling=False;Default Timeout=10");
        connection.Open();
        Execute(connection, $"ATTACH '{_tpch}' AS tpch");
        return connection;
    }

    public static int Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // running the client's SQL is this engine's purpose
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteNonQuery();
    }

    /// <summary>SQLite's complaint in the engines' words.</summary>
    public static QueryError ErrorOf(EngineKind engine, SqliteException failure)
    {
        var message = failure.Message;
        if (message.Contains("no such table: ", StringComparison.Ordinal))
            return QueryError.TableNotFound(engine, $"line 1:1: Table 'memory.default.{Named("no such table: ")}' does not exist");
        if (message.Contains("no such column: ", StringComparison.Ordinal))
            return QueryError.ColumnNotFound(engine, $"line 1:1: Column '{Named("no such column: ")}' cannot be resolved");
        if (message.Contains("already exists", StringComparison.Ordinal))
            return QueryError.TableExists(engine, $"line 1:1: Table '{Named("table ")}' already exists");
        if (failure.SqliteErrorCode == 1)
            return QueryError.Syntax($"line 1:1: {message}");
        return QueryError.Internal(message);

        string Named(string before)
        {
            var start = message.IndexOf(before, StringComparison.Ordinal) + before.Length;
            var end = message.IndexOfAny([' ', '\''], start);
            return message[start..(end < 0 ? message.Length : end)].Trim('"');
        }
    }

    public void Dispose() => _keepsMemoryAlive.Dispose();
}
