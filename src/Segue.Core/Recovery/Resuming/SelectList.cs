using System.Collections.Immutable;

namespace Segue.Core.Recovery.Resuming;

/// <summary>The outermost SELECT's items, as far as they say which column of a table stands at which place.</summary>
internal readonly struct SelectList
{
    // one for each item: the name that it is, or empty for anything else
    private readonly ImmutableArray<ImmutableArray<string>> _items;
    private readonly bool _isStar;

    private SelectList(ImmutableArray<ImmutableArray<string>> items, bool isStar) => (_items, _isStar) = (items, isStar);

    /// <summary>There are several at the top, as in a UNION: qualified names mean nothing behind it.</summary>
    public static SelectList Several { get; } = new([], isStar: false);

    public bool IsRead => !_items.IsDefault;

    /// <param name="lexer">Stands on SELECT, and afterwards on the last token before FROM.</param>
    public static SelectList Read(ref SqlLexer lexer)
    {
        var items = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var (depth, tokens, hasStar, begins, behindDot) = (0, 0, false, true, false);
        var ahead = lexer;
        while (ahead.Read() && !(depth == 0 && EndsList(ahead)))
        {
            if (begins && items.Count == 0 && (ahead.IsWord("DISTINCT") || ahead.IsWord("ALL")))
            {
                lexer = ahead;
                continue;
            }
            hasStar |= ahead.Is('*') && (begins || behindDot) && depth == 0;
            if (begins)
                items.Add(ItemAt(ref ahead));
            begins = depth == 0 && ahead.Is(',');
            behindDot = ahead.Is('.');
            depth += ahead.Is('(') ? 1 : ahead.Is(')') ? -1 : 0;
            tokens++;
            lexer = ahead;
        }
        return hasStar ? new SelectList([], isStar: tokens == 1) : new SelectList(items.ToImmutable(), isStar: false);
    }

    /// <summary>A join whose columns are neither table's own: a star does not say whose they are.</summary>
    public SelectList WithJoinedColumns() => IsRead ? new SelectList(_items, isStar: false) : Several;

    /// <summary>Default where it is not to be told which column it is.</summary>
    public SortKey KeyOf(ImmutableArray<string> name)
    {
        if (_isStar)
            return new SortKey(name[^1], 0, name[0]);
        for (var i = 0; IsRead && i < _items.Length; i++)
        {
            if (_items[i].SequenceEqual(name, StringComparer.OrdinalIgnoreCase))
                return new SortKey(null, i + 1, name[0]);
        }
        return default;
    }

    /// <summary>A name and what its dots lead to.</summary>
    /// <param name="lexer">Stands on its first part, and afterwards on its last.</param>
    public static ImmutableArray<string> NameAt(ref SqlLexer lexer)
    {
        var parts = ImmutableArray.Create(SqlText.Unquote(lexer.Text));
        var ahead = lexer;
        while (ahead.Read() && ahead.Is('.') && ahead.Read() && ahead.Current.IsName)
        {
            parts = parts.Add(SqlText.Unquote(ahead.Text));
            lexer = ahead;
        }
        return parts;
    }

    /// <summary>The name that the item is, with or without an alias behind it; empty for anything else.</summary>
    private static ImmutableArray<string> ItemAt(ref SqlLexer lexer)
    {
        if (!lexer.Current.IsName)
            return [];
        var ahead = lexer;
        var name = NameAt(ref ahead);
        var last = ahead;
        if (ahead.Read() && ahead.IsWord("AS"))
            ahead.Read();
        if (ahead.Current.IsName && !EndsList(ahead))
            ahead.Read();
        if (!ahead.Is(',') && !ahead.Text.IsEmpty && !EndsList(ahead))
            return [];
        lexer = last;
        return name;
    }

    private static bool EndsList(in SqlLexer lexer) =>
        lexer.IsWord("FROM") || lexer.IsWord("WHERE") || lexer.IsWord("GROUP") || lexer.IsWord("HAVING") || lexer.IsWord("WINDOW")
        || lexer.IsWord("ORDER") || lexer.IsWord("LIMIT") || lexer.IsWord("UNION") || lexer.IsWord("EXCEPT") || lexer.IsWord("INTERSECT");
}
