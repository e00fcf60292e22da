using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Segue.Server.Store;

/// <summary>Opens the embedded store's file: makes it, or makes sure that it is ours and whole.</summary>
internal static class StoreFile
{
    // "Segu", as SQLite's application id: who opens the file can tell whose it is
    private const long ApplicationId = 0x53656775;
    private const long Layout = 1;

    /// <exception cref="StoreStartException">The file is another program's, of a newer version, damaged, or cannot be opened.</exception>
    public static SqliteConnection Open(string file)
    {
        SqliteConnection? connection = null;
        try
        {
            PrivateFile.CreateEmpty(file);
            connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = 5 }.ToString());
            connection.Open();
            Check(connection, file);
            // FULL: an acknowledged write outlives the machine's crash, too
            Run(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            // sessions end with the process that has the file open
            Run(connection, """
                CREATE TABLE IF NOT EXISTS bound (key TEXT PRIMARY KEY, session INTEGER NOT NULL) WITHOUT ROWID, STRICT;
                DELETE FROM entries WHERE key IN (SELECT key FROM bound);
                DELETE FROM bound;
                """);
            return connection;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw new StoreStartException(exception is SqliteException { SqliteErrorCode: not (11 or 26) } or not SqliteException
                ? $"The store {file} cannot be opened: {exception.Message}"
                : Damaged(file, exception.Message), exception);
        }
        catch (StoreStartException)
        {
            connection?.Dispose();
            throw;
        }
    }

    private static void Check(SqliteConnection connection, string file)
    {
        var application = Ask(connection, "PRAGMA application_id");
        var isEmpty = Ask(connection, "SELECT count(*) FROM sqlite_schema") == "0";
        if (isEmpty && application == "0")
        {
            Create(connection);
            return;
        }
        if (application != ApplicationId.ToString(CultureInfo.InvariantCulture))
        {
            throw new StoreStartException(
                $"{file} is a database of another program. Move it away, or give Segue its own data_dir.");
        }
        var layout = Ask(connection, "PRAGMA user_version");
        if (layout != Layout.ToString(CultureInfo.InvariantCulture))
        {
            throw new StoreStartException(
                $"The store {file} has layout {layout}, this Segue knows {Layout}. Run the version of Segue that wrote it.");
        }
        if (Ask(connection, "PRAGMA quick_check(1)") is var found and not "ok")
            throw new StoreStartException(Damaged(file, found));
    }

    private static void Create(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        Run(connection, $"""
            CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID, STRICT;
            CREATE TABLE revision (last INTEGER NOT NULL) STRICT;
            INSERT INTO revision VALUES (0);
            PRAGMA application_id = {ApplicationId};
            PRAGMA user_version = {Layout};
            """, transaction);
        transaction.Commit();
    }

    private static string Damaged(string file, string found) =>
        $"The store {file} is damaged ({found.TrimEnd('.')}). Restore a copy of it, or move it and its -wal file away: "
        + "Segue then starts with an empty one, without the history and without knowing which coordinator was active.";

    private static string Ask(SqliteConnection connection, string question)
    {
        using var command = connection.CreateCommand();
        command.CommandText = question;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture)!;
    }

    private static void Run(SqliteConnection connection, string text, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }
}
