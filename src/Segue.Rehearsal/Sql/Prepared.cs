using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Sql;

/// <summary>EXECUTE: the statement that it stands for, with its parameters put in.</summary>
internal static class Prepared
{
    public static List<SqlToken> Resolve(List<SqlToken> tokens, StatementRequest request)
    {
        if (!tokens[0].Is("EXECUTE") || tokens.Count < 2)
            return tokens;
        string? body;
        if (tokens[1].Is("IMMEDIATE") && tokens.Count > 2)
            body = tokens[2].Value[1..^1].Replace("''", "'", StringComparison.Ordinal);
        else if (!request.Prepared.TryGetValue(tokens[1].Name, out body))
            throw new QueryException(QueryError.NotFound($"Prepared statement not found: {tokens[1].Name}"));

        var arguments = Arguments(tokens);
        var result = new List<SqlToken>();
        var next = 0;
        foreach (var token in SqlTokens.Of(body))
            if (!token.Is("?"))
                result.Add(token);
            else if (next < arguments.Count)
                result.AddRange(arguments[next++]);
            else
                throw new QueryException(new QueryError("INVALID_PARAMETER_USAGE", 61, "USER_ERROR",
                    $"line 1:1: Incorrect number of parameters: expected more than {arguments.Count}"));
        return result;
    }

    private static List<List<SqlToken>> Arguments(List<SqlToken> tokens)
    {
        var arguments = new List<List<SqlToken>>();
        var start = tokens.FindIndex(token => token.Is("USING"));
        if (start < 0)
            return arguments;
        var depth = 0;
        arguments.Add([]);
        foreach (var token in tokens.Skip(start + 1))
        {
            depth += token.Is("(") ? 1 : token.Is(")") ? -1 : 0;
            if (depth == 0 && token.Is(","))
                arguments.Add([]);
            else
                arguments[^1].Add(token);
        }
        return arguments;
    }
}
