using Segue.Core.Model;

namespace Segue.Rehearsal.Statements;

/// <summary>An error as the engines name it; codes are those of their StandardErrorCode.</summary>
internal sealed record QueryError(string Name, int Code, string Type, string Message)
{
    public static QueryError Syntax(string message) => new("SYNTAX_ERROR", 1, "USER_ERROR", message);

    public static QueryError NotFound(string message) => new("NOT_FOUND", 5, "USER_ERROR", message);

    public static QueryError TableNotFound(EngineKind engine, string message) => Semantic(engine, "TABLE_NOT_FOUND", 46, message);

    public static QueryError ColumnNotFound(EngineKind engine, string message) => Semantic(engine, "COLUMN_NOT_FOUND", 47, message);

    public static QueryError TableExists(EngineKind engine, string message) => Semantic(engine, "TABLE_ALREADY_EXISTS", 50, message);

    public static QueryError UnknownTransaction(string id) =>
        new("UNKNOWN_TRANSACTION", 20, "USER_ERROR", $"Unknown transaction ID: {id}. Possibly expired? Commands ignored until end of transaction block");

    public static QueryError NotInTransaction() => new("NOT_IN_TRANSACTION", 21, "USER_ERROR", "No transaction in progress");

    public static QueryError Canceled() => new("USER_CANCELED", 3, "USER_ERROR", "Query was canceled");

    public static QueryError Killed() => new("ADMINISTRATIVELY_KILLED", 131_081, "USER_ERROR", "Query killed. No message provided.");

    public static QueryError Internal(string message) => new("GENERIC_INTERNAL_ERROR", 65_536, "INTERNAL_ERROR", message);

    public static QueryError LostTask(string message) => new("REMOTE_TASK_ERROR", 65_542, "INTERNAL_ERROR", message);

    public static QueryError ShuttingDown() => new("SERVER_SHUTTING_DOWN", 65_545, "INTERNAL_ERROR", "Server is shutting down");

    public static QueryError StartingUp() => new("SERVER_STARTING_UP", 65_548, "INTERNAL_ERROR", "Server is still initializing");

    public static QueryError NoWorkers() => new("GENERIC_INSUFFICIENT_RESOURCES", 131_072, "INSUFFICIENT_RESOURCES",
        "Insufficient active worker nodes. Waited 5.00m for at least 1 workers, but only 0 workers are active");

    /// <summary>Presto calls everything that analysis finds a syntax error; Trino names it.</summary>
    private static QueryError Semantic(EngineKind engine, string name, int code, string message) =>
        engine == EngineKind.Presto ? Syntax(message) : new QueryError(name, code, "USER_ERROR", message);
}

/// <summary>Carries an error up to the query that it fails.</summary>
internal sealed class QueryException(QueryError error) : Exception(error.Message)
{
    public QueryError Error { get; } = error;
}
