using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Sql;

/// <summary>Statements whose whole effect is a header of the answer, or the coordinator's transactions.</summary>
internal static class SessionStatements
{
    /// <returns>False where the statement is of another kind.</returns>
    public static bool TryRun(Query query, IReadOnlyList<SqlToken> tokens, Transactions transactions)
    {
        switch (tokens[0].Value.ToUpperInvariant())
        {
            case "USE":
                Use(query, tokens);
                return true;
            case "SET" when At(tokens, 1, "SESSION") && tokens.Count >= 5:
                var equals = IndexOf(tokens, "=");
                Header(query, "SET SESSION", "Set-Session", Names(tokens, 2, equals) + "=" + Uri.EscapeDataString(Literal(tokens[equals + 1])));
                return true;
            case "RESET" when At(tokens, 1, "SESSION"):
                Header(query, "RESET SESSION", "Clear-Session", Names(tokens, 2, tokens.Count));
                return true;
            case "PREPARE" when tokens.Count > 3 && At(tokens, 2, "FROM"):
                var text = query.Request.Sql;
                var body = text[(text.IndexOf("FROM", StringComparison.OrdinalIgnoreCase) + 4)..].Trim().TrimEnd(';');
                Header(query, "PREPARE", "Added-Prepare", Uri.EscapeDataString(tokens[1].Name) + "=" + Uri.EscapeDataString(body));
                return true;
            case "DEALLOCATE" when At(tokens, 1, "PREPARE"):
                if (!query.Request.Prepared.ContainsKey(tokens[2].Name))
                    throw new QueryException(QueryError.NotFound($"Prepared statement not found: {tokens[2].Name}"));
                Header(query, "DEALLOCATE", "Deallocated-Prepare", Uri.EscapeDataString(tokens[2].Name));
                return true;
            case "START" when At(tokens, 1, "TRANSACTION"):
                Header(query, "START TRANSACTION", "Started-Transaction-Id", transactions.Begin());
                return true;
            case "COMMIT" or "ROLLBACK":
                var commit = At(tokens, 0, "COMMIT");
                transactions.End(query.Request.Transaction, commit);
                Header(query, commit ? "COMMIT" : "ROLLBACK", "Clear-Transaction-Id", "true");
                return true;
            default:
                return false;
        }
    }

    private static void Use(Query query, IReadOnlyList<SqlToken> tokens)
    {
        query.UpdateType = "USE";
        if (tokens.Count >= 4 && At(tokens, 2, "."))
            query.SessionHeaders.Add(new("Set-Catalog", tokens[1].Name));
        query.SessionHeaders.Add(new("Set-Schema", tokens[^1].Name));
    }

    private static void Header(Query query, string updateType, string name, string value)
    {
        query.UpdateType = updateType;
        query.SessionHeaders.Add(new(name, value));
    }

    private static bool At(IReadOnlyList<SqlToken> tokens, int index, string word) => index < tokens.Count && tokens[index].Is(word);

    private static int IndexOf(IReadOnlyList<SqlToken> tokens, string symbol)
    {
        for (var i = 0; i < tokens.Count - 1; i++)
            if (tokens[i].Is(symbol))
                return i;
        throw new QueryException(QueryError.Syntax($"line 1:1: mismatched input '<EOF>'. Expecting: '{symbol}'"));
    }

    private static string Names(IReadOnlyList<SqlToken> tokens, int from, int to) =>
        string.Concat(tokens.Skip(from).Take(to - from).Select(token => token.IsName ? token.Name : token.Value));

    private static string Literal(SqlToken token) => token.Kind == SqlTokenKind.Text
        ? token.Value[1..^1].Replace("''", "'", StringComparison.Ordinal)
        : token.Value;
}
