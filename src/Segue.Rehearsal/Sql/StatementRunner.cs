using Microsoft.Data.Sqlite;
using Segue.Core.Model;
using Segue.Rehearsal.Statements;
using SQLitePCL;

namespace Segue.Rehearsal.Sql;

/// <summary>Runs one statement on SQLite and puts what it yields into the query.</summary>
internal sealed class StatementRunner(EngineKind engine, Database database, Transactions transactions, RowPump pump, SystemTables system)
{
    private const int StepsBetweenLooks = 10_000;

    /// <summary>True where the engines schedule work on a worker: not for session statements, definitions and system tables.</summary>
    public static bool NeedsWorker(IReadOnlyList<SqlToken> tokens) => tokens[0].Value.ToUpperInvariant() switch
    {
        "SELECT" or "WITH" or "VALUES" or "TABLE" or "(" => !SystemTables.AreNamedIn(tokens),
        "INSERT" or "DELETE" or "UPDATE" => true,
        "CREATE" => tokens.Any(token => token.Is("AS")),
        _ => false,
    };

    public async Task RunAsync(Query query, IReadOnlyList<SqlToken> tokens)
    {
        if (SessionStatements.TryRun(query, tokens, transactions))
        {
            await AnswerDoneAsync(query);
            return;
        }
        var own = query.Request.Transaction is null;
        var connection = own ? database.Open() : transactions.Find(query.Request.Transaction!);
        try
        {
            // asked for by SQLite as it goes: an interrupt that came before the first step would be lost
            raw.sqlite3_progress_handler(connection.Handle, StepsBetweenLooks, _ => query.Ended.IsCancellationRequested ? 1 : 0, null);
            await RunAsync(query, tokens, connection);
        }
        catch (SqliteException failure)
        {
            throw new QueryException(Database.ErrorOf(engine, failure));
        }
        finally
        {
            raw.sqlite3_progress_handler(connection.Handle, 0, null, null);
            if (own)
                await connection.DisposeAsync();
        }
    }

    private async Task RunAsync(Query query, IReadOnlyList<SqlToken> tokens, SqliteConnection connection)
    {
        var sql = SqliteText.Of(tokens);
        switch (tokens[0].Value.ToUpperInvariant())
        {
            case "SELECT" or "WITH" or "VALUES" or "(":
                system.Fill(connection, tokens);
                await ReadAsync(query, connection, sql);
                break;
            case "TABLE":
                await ReadAsync(query, connection, "SELECT * FROM" + sql[5..]);
                break;
            case "EXPLAIN":
                await ReadAsync(query, connection, "SELECT 'Fragment 0 [SINGLE]' AS \"Query Plan\"");
                break;
            case "SHOW" or "DESCRIBE" or "DESC":
                await ReadAsync(query, connection, ShowStatements.SqlOf(tokens));
                break;
            case "CALL" when SystemTables.KilledBy(tokens) is { } id:
                query.UpdateType = "CALL";
                system.Kill(id);
                await AnswerDoneAsync(query);
                break;
            case "CREATE" when tokens.Count > 2 && tokens[1].Is("TABLE"):
                await CreateAsync(query, tokens, connection, sql);
                break;
            case "DROP" when tokens.Count > 2 && tokens[1].Is("TABLE"):
                query.UpdateType = "DROP TABLE";
                Database.Execute(connection, sql);
                await AnswerDoneAsync(query);
                break;
            case "INSERT" or "DELETE" or "UPDATE":
                query.UpdateType = tokens[0].Value.ToUpperInvariant();
                await AnswerCountAsync(query, Database.Execute(connection, sql));
                break;
            default:
                throw new QueryException(QueryError.Syntax($"line 1:1: mismatched input '{tokens[0].Value}'. Expecting: <query>, 'CREATE', 'DELETE', 'INSERT', 'SHOW', 'UPDATE', …"));
        }
    }

    private async Task CreateAsync(Query query, IReadOnlyList<SqlToken> tokens, SqliteConnection connection, string sql)
    {
        query.UpdateType = "CREATE TABLE";
        Database.Execute(connection, sql);
        if (tokens.FirstOrDefault(token => token.Is("AS") || token.Is("(")) is var first && !first.Is("AS"))
        {
            await AnswerDoneAsync(query);
            return;
        }
        var before = tokens.TakeWhile(token => !token.Is("AS")).Last();
        using var count = connection.CreateCommand();
#pragma warning disable CA2100 // the name is the client's own
        count.CommandText = $"SELECT count(*) FROM {before.Value}";
#pragma warning restore CA2100
        await AnswerCountAsync(query, (long)(await count.ExecuteScalarAsync(query.Ended))!);
    }

    private async Task ReadAsync(Query query, SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // running the client's SQL is this engine's purpose
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(query.Ended);
        await pump.RunAsync(reader, query);
    }

    /// <summary>What has no rows: Presto makes up one for clients that want a result, Trino has no columns either.</summary>
    private async Task AnswerDoneAsync(Query query)
    {
        query.Columns = [];
        if (engine == EngineKind.Trino)
            return;
        query.Columns = [new Column("result", "boolean")];
        await query.AddAsync(new Chunk("[[true]]"u8.ToArray(), 1));
    }

    private static async Task AnswerCountAsync(Query query, long count)
    {
        query.UpdateCount = count;
        query.Columns = [new Column("rows", "bigint")];
        await query.AddAsync(new Chunk(System.Text.Encoding.UTF8.GetBytes($"[[{count}]]"), 1));
    }
}
