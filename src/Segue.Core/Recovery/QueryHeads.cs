namespace Segue.Core.Recovery;

/// <summary>The words that begin a query; all are reserved in both grammars.</summary>
internal static class QueryHeads
{
    public static bool Is(in SqlLexer lexer) =>
        lexer.IsWord("SELECT") || lexer.IsWord("WITH") || lexer.IsWord("VALUES") || lexer.IsWord("TABLE");
}
