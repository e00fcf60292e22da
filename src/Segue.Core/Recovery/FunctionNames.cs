using System.Collections.Immutable;

namespace Segue.Core.Recovery;

/// <summary>Which functions are taken to have side effects (R6.1).</summary>
internal static class FunctionNames
{
    // to read is all that these do; another table function may hand its text to another database
    private static readonly string[] PureTableFunctions =
    [
        "sequence", "system.builtin.sequence",
        "exclude_columns", "system.builtin.exclude_columns",
        "system.table_changes", "*.system.table_changes",
    ];

    public static bool IsPureTableFunction(string name) =>
        Array.Exists(PureTableFunctions, pattern => SqlText.Matches(name, pattern));

    /// <summary>The first pattern that the name or one of its tails (without catalog, without schema) matches, or null.</summary>
    public static string? MatchingPattern(string name, ImmutableArray<string> patterns)
    {
        foreach (var pattern in patterns)
            for (var tail = 0; tail >= 0; tail = name.IndexOf('.', tail) is var dot and >= 0 ? dot + 1 : -1)
                if (SqlText.Matches(name.AsSpan(tail), pattern))
                    return pattern;
        return null;
    }

    /// <summary>Reads on to the end of the qualified name that the lexer's current token begins.</summary>
    /// <returns>Its parts without quotes, joined by dots; the lexer then stands on the token behind it.</returns>
    public static string ReadQualified(ref SqlLexer lexer)
    {
        var name = SqlText.Unquote(lexer.Text);
        while (lexer.Read() && lexer.Is('.'))
        {
            if (!lexer.Read() || !lexer.Current.IsName)
                break;
            name += "." + SqlText.Unquote(lexer.Text);
        }
        return name;
    }
}
