using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Recovery.Writes;

/// <summary>Statements that leave their mark in the history of one table.</summary>
public enum WriteKind
{
    CreateTableAs,
    Insert,
    Delete,
    Update,
    Merge,
}

/// <summary>The one table that a statement writes, as its session names it.</summary>
/// <param name="Kind">What it does to it.</param>
/// <param name="Catalog">In lower case, as the engine compares it; so are the others.</param>
public sealed record WriteTarget(WriteKind Kind, string Catalog, string Schema, string Table)
{
    /// <summary>A page's <c>updateType</c>.</summary>
    public string UpdateType => Kind switch
    {
        WriteKind.CreateTableAs => "CREATE TABLE",
        WriteKind.Insert => "INSERT",
        WriteKind.Delete => "DELETE",
        WriteKind.Update => "UPDATE",
        WriteKind.Merge => "MERGE",
        _ => throw new InvalidOperationException($"no such kind: {Kind}"),
    };

    /// <summary>From the text alone; null where it is of no such kind, or anything of it is not clear.</summary>
    /// <param name="effectsPatterns">Functions whose call has effects beside those on the table, which no history of it shows.</param>
    /// <param name="catalog">The session's; empty where it has none. The same for the schema.</param>
    public static WriteTarget? Of(string sql, EngineKind engine, ImmutableArray<string> effectsPatterns, string catalog, string schema)
    {
        if (new StatementScan(engine, effectsPatterns).Objection(sql, ScanFor.Calls, out _) is not null)
            return null;
        var lexer = new SqlLexer(sql, engine);
        if (!lexer.Read() || KindOf(ref lexer) is not { } kind || NameIn(ref lexer) is not { } name)
            return null;
        string[] parts = name.Length switch
        {
            1 => [catalog, schema, name[0]],
            2 => [catalog, name[0], name[1]],
            3 => name,
            _ => [],
        };
        // a branch, a system table, a name that no session completes
        if (parts.Length != 3 || !Follows(kind, lexer) || parts.Any(static part => part.Length == 0 || part.AsSpan().ContainsAny('$', '@') || part.Any(char.IsControl)))
            return null;
        return new WriteTarget(kind, parts[0].ToLowerInvariant(), parts[1].ToLowerInvariant(), parts[2].ToLowerInvariant());
    }

    /// <summary>Reads on to the table's name.</summary>
    private static WriteKind? KindOf(ref SqlLexer lexer)
    {
        if (lexer.IsWord("INSERT"))
            return Word(ref lexer, "INTO") ? WriteKind.Insert : null;
        if (lexer.IsWord("DELETE"))
            return Word(ref lexer, "FROM") ? WriteKind.Delete : null;
        if (lexer.IsWord("UPDATE"))
            return WriteKind.Update;
        if (lexer.IsWord("MERGE"))
            return Word(ref lexer, "INTO") ? WriteKind.Merge : null;
        if (!lexer.IsWord("CREATE") || !Word(ref lexer, "TABLE"))
            return null;
        var ahead = lexer;
        if (Word(ref ahead, "IF") && Word(ref ahead, "NOT") && Word(ref ahead, "EXISTS"))
            lexer = ahead;
        return WriteKind.CreateTableAs;
    }

    private static bool Word(ref SqlLexer lexer, string word) => lexer.Read() && lexer.IsWord(word);

    /// <summary>Stands on the token behind the name then.</summary>
    private static string[]? NameIn(ref SqlLexer lexer)
    {
        var parts = new List<string>();
        do
        {
            if (!lexer.Read() || lexer.Current.Kind is not (SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier))
                return null;
            parts.Add(SqlText.Unquote(lexer.Text));
        }
        while (lexer.Read() && lexer.Is('.'));
        return [.. parts];
    }

    /// <summary>What stands behind the name must be what the statement's form wants there.</summary>
    private static bool Follows(WriteKind kind, SqlLexer lexer)
    {
        switch (kind)
        {
            case WriteKind.Update:
                return lexer.IsWord("SET");
            case WriteKind.Delete:
                return lexer.Current.Length == 0 || lexer.IsWord("WHERE") || lexer.Is(';');
            case WriteKind.Insert:
                return lexer.Is('(') || lexer.IsWord("DEFAULT") || QueryHeads.Is(lexer);
            case WriteKind.Merge:
                return lexer.IsWord("USING") || lexer.IsWord("AS") || lexer.Current.IsName;
            case WriteKind.CreateTableAs:
                return HasAs(lexer);
            default:
                throw new InvalidOperationException($"no such kind: {kind}");
        }
    }

    /// <summary>Outside parentheses: a column may have that name inside them.</summary>
    private static bool HasAs(SqlLexer lexer)
    {
        var depth = 0;
        do
        {
            if (lexer.Is('('))
                depth++;
            else if (lexer.Is(')'))
                depth--;
            else if (depth == 0 && lexer.IsWord("AS"))
                return true;
        }
        while (lexer.Read());
        return false;
    }
}
