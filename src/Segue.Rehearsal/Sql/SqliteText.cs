using System.Collections.Immutable;
using System.Text;

namespace Segue.Rehearsal.Sql;

/// <summary>Turns an engine's statement into SQLite's words: names lose catalog and schema, and sequences become recursive queries.</summary>
internal static class SqliteText
{
    private static readonly ImmutableHashSet<string> Catalogs = ["tpch", "memory", "system", "blackhole", "lake"];
    private static readonly ImmutableHashSet<string> Schemas = ["tiny", "sf1", "default", "runtime"];

    public static string Of(IReadOnlyList<SqlToken> tokens)
    {
        var text = new StringBuilder();
        for (var i = 0; i < tokens.Count;)
        {
            if (text.Length > 0)
                text.Append(' ');
            if (TrySequence(tokens, i, text, out var consumed))
            {
                i += consumed;
                continue;
            }
            var skip = Qualifiers(tokens, i);
            if (skip > 0)
            {
                var system = tokens[i + skip - 2].Name == "runtime";
                i += skip;
                text.Append(system ? "system_runtime_" + tokens[i++].Name : "");
                continue;
            }
            // DATE '1995-01-01' is text here
            if (tokens[i].Is("DATE") && i + 1 < tokens.Count && tokens[i + 1].Kind == SqlTokenKind.Text)
                i++;
            text.Append(tokens[i++].Value);
        }
        return text.ToString();
    }

    /// <summary>How many tokens before a table's own name are catalog, schema and dots.</summary>
    private static int Qualifiers(IReadOnlyList<SqlToken> tokens, int i)
    {
        if (Dotted(2) && Catalogs.Contains(tokens[i].Name))
            return 4;
        return Dotted(1) && Schemas.Contains(tokens[i].Name) ? 2 : 0;

        bool Dotted(int dots)
        {
            if (i > 0 && tokens[i - 1].Is("."))
                return false;
            for (var part = 0; part <= dots; part++)
                if (i + 2 * part >= tokens.Count || !tokens[i + 2 * part].IsName || (part > 0 && !tokens[i + 2 * part - 1].Is(".")))
                    return false;
            return true;
        }
    }

    /// <summary><c>UNNEST(sequence(a, b)) [AS] t(x)</c>, the shape that makes rows on both engines.</summary>
    private static bool TrySequence(IReadOnlyList<SqlToken> tokens, int i, StringBuilder text, out int consumed)
    {
        consumed = 0;
        if (!At(0, "UNNEST") || !At(1, "(") || !At(2, "sequence") || !At(3, "(") || !At(5, ",") || !At(7, ")") || !At(8, ")"))
            return false;
        var name = At(9, "AS") ? 10 : 9;
        if (!At(name + 1, "(") || !At(name + 3, ")"))
            return false;
        var (table, column) = (tokens[i + name].Value, tokens[i + name + 2].Value);
        text.Append(System.Globalization.CultureInfo.InvariantCulture,
            $"(WITH RECURSIVE s({column}) AS (SELECT {tokens[i + 4].Value} UNION ALL SELECT {column} + 1 FROM s WHERE {column} < {tokens[i + 6].Value}) SELECT {column} FROM s) AS {table}");
        consumed = name + 4;
        return true;

        bool At(int offset, string word) => i + offset < tokens.Count && tokens[i + offset].Is(word);
    }
}
