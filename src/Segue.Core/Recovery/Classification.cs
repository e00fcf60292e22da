using System.Collections.Immutable;
using Segue.Core.Model;
using Segue.Core.Recovery.Resuming;

namespace Segue.Core.Recovery;

/// <summary>The classification of one statement and of those inside it, by its first words.</summary>
internal readonly ref struct Classification(
    EngineKind engine, IReadOnlyDictionary<string, string> preparedStatements, ImmutableArray<string> effectsPatterns)
{
    // EXPLAIN ANALYZE and EXECUTE IMMEDIATE hold statements; nobody nests them this deep
    private const int MaxDepth = 8;

    private readonly StatementScan _scan = new(engine, effectsPatterns);

    public StatementClass Of(ReadOnlySpan<char> sql, int depth)
    {
        if (depth > MaxDepth)
            return Write("statements are nested too deep in it");
        var lexer = new SqlLexer(sql, engine);
        if (!lexer.Read())
            return Write("it is empty");
        if (lexer.Is('('))
            return Query(lexer, ScanFor.QueryOnly);
        if (lexer.Current.Kind != SqlTokenKind.Word)
            return Write("it does not begin with a keyword");
        var head = lexer.Text.ToString().ToUpperInvariant();
        return head switch
        {
            "SELECT" or "VALUES" or "TABLE" or "WITH" => Query(lexer, ScanFor.QueryOnly),
            "SHOW" or "DESC" or "DESCRIBE" =>
                Harmless(sql, ScanFor.Calls, new(StatementKind.Read, $"{head} only reads", Ordered: true)),
            "EXPLAIN" => Explain(lexer, depth),
            "EXECUTE" => Execute(lexer, depth),
            "USE" or "PREPARE" or "DEALLOCATE" => Harmless(sql, ScanFor.Shape, SessionOnly(head)),
            "SET" or "RESET" => SetOrReset(lexer, head),
            "START" => lexer.Read() && lexer.IsWord("TRANSACTION")
                ? Harmless(sql, ScanFor.Shape, new(StatementKind.StartTransaction, "it begins a transaction"))
                : Write("START without TRANSACTION is unknown"),
            "COMMIT" => EndOfTransaction(lexer, new(StatementKind.Commit, "COMMIT makes writes lasting")),
            "ROLLBACK" => EndOfTransaction(lexer, new(StatementKind.Rollback, "ROLLBACK ends a transaction without effect")),
            "CREATE" => Create(lexer),
            _ => Write($"{(head.Length <= 32 ? head : "its first word")} is not known to be harmless"),
        };
    }

    private static StatementClass Write(string reason) => new(StatementKind.Write, reason);

    private static StatementClass SessionOnly(string head) => new(StatementKind.SessionOnly, $"{head} changes only the client's session");

    private StatementClass Harmless(ReadOnlySpan<char> sql, ScanFor scanFor, StatementClass otherwise) =>
        _scan.Objection(sql, scanFor, out _) is { } objection ? Write(objection) : otherwise;

    private StatementClass Query(SqlLexer lexer, ScanFor scanFor)
    {
        var sql = lexer.Sql;
        while (lexer.Is('(') && lexer.Read())
        {
        }
        if (!QueryHeads.Is(lexer))
            return Write("its parentheses hold no query");
        if (lexer.IsWord("WITH"))
        {
            if (engine == EngineKind.Trino && BeginsInlineFunction(lexer))
                scanFor |= ScanFor.Semicolons;
            else if (!BeginsInlineSession(lexer) && !EndsInQuery(lexer))
                return Write("its WITH does not end in a query");
        }
        return _scan.Objection(sql, scanFor | ScanFor.Calls, out var ordered) is { } objection
            ? Write(objection)
            : new StatementClass(StatementKind.Read, "it is a query", ordered) { SortKeys = SortKeys.Read(sql, engine) };
    }

    /// <summary><c>WITH FUNCTION f(…) …</c>, and not a common table expression of that name.</summary>
    private static bool BeginsInlineFunction(SqlLexer lexer) =>
        Skip(ref lexer, "FUNCTION") && lexer.Read() && lexer.Current.IsName && !lexer.IsWord("AS");

    /// <summary><c>WITH SESSION key = value</c>, and not a common table expression of that name.</summary>
    private static bool BeginsInlineSession(SqlLexer lexer) =>
        Skip(ref lexer, "SESSION") && lexer.Read() && lexer.Current.IsName && !lexer.IsWord("AS");

    /// <summary>Behind <c>WITH name AS (…), …</c> stands a query and nothing else.</summary>
    private static bool EndsInQuery(SqlLexer lexer)
    {
        var depth = 0;
        var closed = false;
        do
        {
            if (closed)
            {
                if (lexer.Is('(') || QueryHeads.Is(lexer))
                    return true;
                if (!lexer.Is(',') && !lexer.IsWord("AS"))
                    return false;
            }
            closed = lexer.Is(')') && --depth == 0;
            if (lexer.Is('('))
                depth++;
        }
        while (lexer.Read());
        return false;
    }

    private StatementClass Explain(SqlLexer lexer, int depth)
    {
        var inner = lexer;
        var analyze = Skip(ref inner, "ANALYZE");
        Skip(ref inner, "VERBOSE");
        SkipExplainOptions(ref inner);
        if (analyze)
        {
            var run = Of(inner.Rest, depth + 1);
            return run.Kind == StatementKind.Read
                ? run with { Reason = $"EXPLAIN ANALYZE runs it, and {run.Reason}", Ordered = true, SortKeys = default }
                : Write($"EXPLAIN ANALYZE runs it, and {run.Reason}");
        }
        if (Skip(ref inner, "ANALYZE"))
            return Write("it may be an EXPLAIN ANALYZE, which runs its statement");
        var explained = inner;
        // planning may already call functions, and what EXECUTE names is not to be seen here
        if (Skip(ref explained, "EXECUTE") && Of(inner.Rest, depth + 1) is { Kind: not StatementKind.Read } hidden)
            return Write($"EXPLAIN plans a statement of which is known: {hidden.Reason}");
        return Harmless(lexer.Sql, ScanFor.Calls, new(StatementKind.Read, "EXPLAIN only plans", Ordered: true));
    }

    private static bool Skip(ref SqlLexer lexer, string keyword)
    {
        var ahead = lexer;
        if (!ahead.Read() || !ahead.IsWord(keyword))
            return false;
        lexer = ahead;
        return true;
    }

    private static void SkipExplainOptions(ref SqlLexer lexer)
    {
        var ahead = lexer;
        if (!ahead.Read() || !ahead.Is('(') || !ahead.Read() || !(ahead.IsWord("FORMAT") || ahead.IsWord("TYPE")))
            return;
        while (ahead.Read() && !ahead.Is(')'))
        {
        }
        lexer = ahead;
    }

    private StatementClass Execute(SqlLexer lexer, int depth)
    {
        if (!lexer.Read())
            return Write("EXECUTE names no statement");
        var immediate = lexer;
        string? text;
        string what;
        if (lexer.IsWord("IMMEDIATE") && immediate.Read()
            && immediate.Current.Kind is SqlTokenKind.String or SqlTokenKind.UnicodeString)
        {
            text = immediate.Current.Kind == SqlTokenKind.String ? SqlText.Unquote(immediate.Text) : null;
            what = "the statement of EXECUTE IMMEDIATE";
            lexer = immediate;
        }
        else
        {
            text = lexer.Current.IsName ? Prepared(SqlText.Unquote(lexer.Text)) : null;
            what = "the prepared statement";
        }
        if (text is null)
            return Write($"{what} cannot be resolved");
        var arguments = lexer.Rest;
        if (lexer.Read() && !lexer.IsWord("USING") && !lexer.Is(';'))
            return Write("EXECUTE has a form that is not known");
        var executed = Of(text, depth + 1);
        return Harmless(arguments, ScanFor.Calls, executed with { Reason = $"of {what}: {executed.Reason}" });
    }

    /// <summary>Engines differ in how they treat a name's case, so only one may come into question.</summary>
    private string? Prepared(string name)
    {
        string? found = null;
        foreach (var (candidate, text) in preparedStatements)
        {
            if (!candidate.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            if (found is not null)
                return null;
            found = text;
        }
        return found;
    }

    private StatementClass SetOrReset(SqlLexer lexer, string head)
    {
        var sql = lexer.Sql;
        lexer.Read();
        var known = lexer.IsWord("SESSION")
            || (head == "SET" && (lexer.IsWord("ROLE") || lexer.IsWord("PATH") || (lexer.IsWord("TIME") && Skip(ref lexer, "ZONE"))));
        return known
            ? Harmless(sql, ScanFor.Calls, SessionOnly(head))
            : Write($"{head} of something that is not known to be the session's");
    }

    private static StatementClass EndOfTransaction(SqlLexer lexer, StatementClass otherwise)
    {
        Skip(ref lexer, "WORK");
        return !lexer.Read() || (lexer.Is(';') && !lexer.Read()) ? otherwise : Write("the end of a transaction has a form that is not known");
    }

    private StatementClass Create(SqlLexer lexer)
    {
        var sql = lexer.Sql;
        var creates = Skip(ref lexer, "TABLE") || Skip(ref lexer, "SCHEMA") || Skip(ref lexer, "CATALOG");
        if (!creates || !Skip(ref lexer, "IF") || !Skip(ref lexer, "NOT") || !Skip(ref lexer, "EXISTS"))
            return Write("CREATE without IF NOT EXISTS is a write");
        while (lexer.Read())
            if (lexer.IsWord("AS"))
                return Write("CREATE with AS writes rows");
        return Harmless(sql, ScanFor.Calls, new(StatementKind.CreateIfNotExists, "CREATE IF NOT EXISTS without AS finds its own work done"));
    }
}
