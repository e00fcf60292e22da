namespace Segue.Rehearsal.Sql;

internal enum SqlTokenKind
{
    Word,
    Quoted,
    Text,
    Number,
    Symbol,
}

internal readonly record struct SqlToken(SqlTokenKind Kind, string Value)
{
    public bool Is(string word) => Kind is SqlTokenKind.Word or SqlTokenKind.Symbol && Value.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>The name that an identifier stands for.</summary>
    public string Name => Kind == SqlTokenKind.Quoted
        ? Value[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal)
        : Value.ToLowerInvariant();

    public bool IsName => Kind is SqlTokenKind.Word or SqlTokenKind.Quoted;
}

/// <summary>Splits a statement into tokens; comments and space are dropped.</summary>
internal static class SqlTokens
{
    public static List<SqlToken> Of(string sql)
    {
        var tokens = new List<SqlToken>();
        for (var at = 0; at < sql.Length;)
        {
            var start = at;
            var c = sql[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
                continue;
            }
            if (c == '-' && sql.AsSpan(at).StartsWith("--"))
            {
                at = sql.IndexOf('\n', at) is >= 0 and var newline ? newline : sql.Length;
                continue;
            }
            if (c == '/' && sql.AsSpan(at).StartsWith("/*"))
            {
                at = sql.IndexOf("*/", at + 2, StringComparison.Ordinal) is >= 0 and var close ? close + 2 : sql.Length;
                continue;
            }
            SqlTokenKind kind;
            if (c is '\'' or '"')
            {
                kind = c == '"' ? SqlTokenKind.Quoted : SqlTokenKind.Text;
                at = EndOfQuoted(sql, at);
            }
            else if (char.IsAsciiDigit(c))
            {
                kind = SqlTokenKind.Number;
                while (at < sql.Length && (char.IsAsciiLetterOrDigit(sql[at]) || sql[at] == '.'))
                    at++;
            }
            else if (char.IsLetter(c) || c == '_')
            {
                kind = SqlTokenKind.Word;
                while (at < sql.Length && (char.IsLetterOrDigit(sql[at]) || sql[at] is '_' or '$'))
                    at++;
            }
            else
            {
                kind = SqlTokenKind.Symbol;
                at += at + 1 < sql.Length && sql[at..(at + 2)] is "<=" or ">=" or "<>" or "!=" or "||" or "->" ? 2 : 1;
            }
            tokens.Add(new SqlToken(kind, sql[start..at]));
        }
        while (tokens.Count > 0 && tokens[^1].Is(";"))
            tokens.RemoveAt(tokens.Count - 1);
        return tokens;
    }

    private static int EndOfQuoted(string sql, int at)
    {
        var quote = sql[at++];
        while (at < sql.Length)
        {
            if (sql[at++] != quote)
                continue;
            if (at < sql.Length && sql[at] == quote)
                at++;
            else
                return at;
        }
        throw new Statements.QueryException(Statements.QueryError.Syntax("line 1:1: unterminated string or identifier"));
    }
}
