using System.Collections.Immutable;
using System.Globalization;
using Segue.Core.Model;

namespace Segue.Core.Recovery.Resuming;

/// <summary>One item of an ORDER BY: an output column's name, or its place.</summary>
/// <param name="Name">Null for a place.</param>
/// <param name="Ordinal">From 1.</param>
/// <param name="Qualifier">What stood before the first dot; null for none.</param>
public readonly record struct SortKey(string? Name, int Ordinal, string? Qualifier = null);

/// <summary>By which columns a statement's rows are sorted, where its text alone tells (R7).</summary>
public static class SortKeys
{
    /// <summary>Of the outermost ORDER BY, which stands outside of all parentheses.</summary>
    /// <returns>Default where there is none, or an item is anything but a name or a place.</returns>
    public static ImmutableArray<SortKey> Read(ReadOnlySpan<char> sql, EngineKind engine)
    {
        var lexer = new SqlLexer(sql, engine);
        var keys = default(ImmutableArray<SortKey>);
        var list = default(SelectList);
        var depth = 0;
        while (lexer.Read())
        {
            if (lexer.Is('('))
                depth++;
            else if (lexer.Is(')'))
                depth--;
            else if (depth == 0 && lexer.IsWord("SELECT"))
                list = list.IsRead ? SelectList.Several : SelectList.Read(ref lexer);
            else if (depth == 0 && (lexer.IsWord("USING") || lexer.IsWord("NATURAL")))
                list = list.WithJoinedColumns();
            else if (depth == 0 && lexer.IsWord("ORDER"))
            {
                if (!keys.IsDefault || !lexer.Read() || !lexer.IsWord("BY") || !TryItems(ref lexer, list, out keys))
                    return default;
            }
        }
        return keys;
    }

    /// <summary>Where in a row the keys stand, from 0; null where one is not exactly one of the columns.</summary>
    public static int[]? Positions(ImmutableArray<SortKey> keys, ImmutableArray<string> columns)
    {
        if (keys.IsDefaultOrEmpty)
            return null;
        var positions = new int[keys.Length];
        for (var i = 0; i < positions.Length; i++)
        {
            // t.a may be a field of a column t
            if (keys[i].Qualifier is { } qualifier && columns.Contains(qualifier, StringComparer.OrdinalIgnoreCase))
                return null;
            positions[i] = keys[i].Name is { } name ? PositionOf(name, columns) : keys[i].Ordinal - 1;
            if (positions[i] < 0 || positions[i] >= columns.Length)
                return null;
        }
        return positions;
    }

    /// <summary>Both engines look for a name among the output columns first, in any case.</summary>
    private static int PositionOf(string name, ImmutableArray<string> columns)
    {
        // what the engines call a column without a name is no name that a statement can use
        if (name.StartsWith("_col", StringComparison.OrdinalIgnoreCase))
            return -1;
        var found = -1;
        for (var i = 0; i < columns.Length; i++)
        {
            if (!columns[i].Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            if (found >= 0)
                return -1;
            found = i;
        }
        return found;
    }

    /// <param name="lexer">Stands on BY, and afterwards on the token behind the items.</param>
    private static bool TryItems(ref SqlLexer lexer, SelectList list, out ImmutableArray<SortKey> keys)
    {
        keys = default;
        var items = ImmutableArray.CreateBuilder<SortKey>();
        SqlLexer ahead;
        do
        {
            if (!lexer.Read() || !TryItem(ref lexer, list, out var key))
                return false;
            items.Add(key);
            ahead = lexer;
            ahead.Read();
            if (ahead.IsWord("ASC") || ahead.IsWord("DESC"))
                Take(ref lexer, ref ahead);
            if (ahead.IsWord("NULLS"))
            {
                Take(ref lexer, ref ahead);
                Take(ref lexer, ref ahead);
            }
            lexer = ahead;
        }
        while (lexer.Is(','));
        keys = items.ToImmutable();
        return lexer.Text.IsEmpty || lexer.Is(';') || lexer.IsWord("LIMIT") || lexer.IsWord("OFFSET") || lexer.IsWord("FETCH");
    }

    private static void Take(ref SqlLexer lexer, ref SqlLexer ahead)
    {
        lexer = ahead;
        ahead.Read();
    }

    /// <param name="lexer">Stands on the item's first token, and afterwards on its last.</param>
    private static bool TryItem(ref SqlLexer lexer, SelectList list, out SortKey key)
    {
        key = default;
        if (lexer.Current.IsName && !lexer.IsWord("ALL"))
        {
            var name = SelectList.NameAt(ref lexer);
            key = name.Length == 1 ? new SortKey(name[0], 0) : list.KeyOf(name);
        }
        else if (lexer.Current.Kind == SqlTokenKind.Number
            && int.TryParse(lexer.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) && ordinal > 0)
            key = new SortKey(null, ordinal);
        return key != default;
    }
}
