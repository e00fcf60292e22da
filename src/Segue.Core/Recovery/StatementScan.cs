using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Recovery;

[Flags]
internal enum ScanFor
{
    /// <summary>Characters that the grammar has no use for, and a second statement.</summary>
    Shape = 0,

    /// <summary>Calls of functions that may have side effects.</summary>
    Calls = 1,

    /// <summary>Reserved words that no query can hold.</summary>
    QueryOnly = 2,

    /// <summary>Semicolons are a part of it: Trino's inline functions.</summary>
    Semicolons = 4,
}

/// <summary>One look at every token of a statement.</summary>
internal readonly ref struct StatementScan(EngineKind engine, ImmutableArray<string> effectsPatterns)
{
    private static readonly string[] NotInQueries =
        ["INSERT", "INTO", "DELETE", "CREATE", "DROP", "ALTER", "EXECUTE", "PREPARE", "DEALLOCATE"];

    /// <returns>Why it cannot be taken for harmless, or null.</returns>
    public string? Objection(ReadOnlySpan<char> sql, ScanFor scanFor, out bool ordered)
    {
        ordered = false;
        var lexer = new SqlLexer(sql, engine);
        var parentheses = default(Parentheses);
        var ended = false;
        var name = default(SqlToken);
        var previous = default(SqlToken);
        var afterOrder = false;
        while (lexer.Read())
        {
            var token = lexer.Current;
            if (token.Kind == SqlTokenKind.Unrecognized)
                return $"it holds a character that {engine}'s grammar has no use for";
            if (ended)
                return "it holds more than one statement";
            ended = lexer.Is(';') && !scanFor.HasFlag(ScanFor.Semicolons);
            if (scanFor.HasFlag(ScanFor.QueryOnly) && ReservedWord(lexer) is { } word)
                return $"no query can hold {word}";
            if (lexer.Is('('))
            {
                if (scanFor.HasFlag(ScanFor.Calls) && previous.IsName
                    && CallObjection(sql[name.Start..previous.End], lexer) is { } objection)
                    return objection;
                parentheses.Open(afterWord: previous.IsName);
            }
            else if (lexer.Is(')'))
            {
                parentheses.Close();
            }
            else
            {
                parentheses.Inside(beginsQuery: QueryHeads.Is(lexer));
            }
            ordered |= afterOrder && lexer.IsWord("BY") && parentheses.InQuery;
            afterOrder = lexer.IsWord("ORDER");
            if (token.IsName && !(previous.Length == 1 && sql[previous.Start] == '.'))
                name = token;
            previous = token;
        }
        return null;
    }

    private static string? ReservedWord(in SqlLexer lexer)
    {
        if (lexer.Current.Kind != SqlTokenKind.Word)
            return null;
        foreach (var word in NotInQueries)
            if (lexer.IsWord(word))
                return word;
        return null;
    }

    /// <param name="called">The qualified name in front of the parenthesis, as it was written.</param>
    /// <param name="lexer">It stands on the parenthesis.</param>
    private string? CallObjection(ReadOnlySpan<char> called, SqlLexer lexer)
    {
        if (called.Equals("TABLE", StringComparison.OrdinalIgnoreCase))
            return TableObjection(lexer);
        if (effectsPatterns.IsDefaultOrEmpty)
            return null;
        var names = new SqlLexer(called, engine);
        names.Read();
        var name = FunctionNames.ReadQualified(ref names);
        return FunctionNames.MatchingPattern(name, effectsPatterns) is { } pattern
            ? $"it calls {name}, which matches the effects pattern '{pattern}'"
            : null;
    }

    /// <summary><c>TABLE(f(…))</c> calls a table function; <c>TABLE(t)</c> and <c>TABLE(SELECT …)</c> only read.</summary>
    private static string? TableObjection(SqlLexer lexer)
    {
        if (!lexer.Read())
            return null;
        if (lexer.Is('(') || QueryHeads.Is(lexer))
            return null;
        if (!lexer.Current.IsName)
            return "it calls a table function whose name cannot be read";
        var name = FunctionNames.ReadQualified(ref lexer);
        return lexer.Is('(') && !FunctionNames.IsPureTableFunction(name)
            ? $"the table function {name} may have side effects"
            : null;
    }
}
