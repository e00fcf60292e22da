using System.Text.RegularExpressions;
using Segue.Core.Model;
using Segue.Core.Recovery;

namespace Segue.Core.Tests.Recovery;

/// <summary>The grammars' lexer rules word for word: try every rule, the longest wins, the first of equals.</summary>
internal static class SlowSqlLexer
{
    private const string Digits = @"[0-9](_?[0-9])*";

    private static readonly (SqlTokenKind? Kind, Regex Rule)[] Common =
    [
        Rule(SqlTokenKind.String, @"'([^']|'')*'"),
        Rule(SqlTokenKind.UnicodeString, @"[uU]&'([^']|'')*'"),
        Rule(SqlTokenKind.Binary, @"[xX]'[^']*'"),
        Rule(SqlTokenKind.Parameter, @"\?"),
        Rule(SqlTokenKind.QuotedIdentifier, @"""([^""]|"""")*"""),
        Rule(SqlTokenKind.BackquotedIdentifier, @"`([^`]|``)*`"),
        Rule(SqlTokenKind.Number, @"[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+"),
        Rule(SqlTokenKind.Number, @"\.[0-9]+[eE][+-]?[0-9]+"),
        Rule(SqlTokenKind.Punctuation, @"<>|!=|<=|>=|\|\||->|=>"),
        Rule(SqlTokenKind.Punctuation, @"[()\[\],.;=<>+\-*/%]"),
        Rule(null, @"--[^\r\n]*\r?\n?"),
        Rule(null, @"/\*.*?\*/"),
        Rule(null, @"[ \r\n\t]+"),
    ];

    private static readonly (SqlTokenKind? Kind, Regex Rule)[] Presto =
    [
        .. Common,
        Rule(SqlTokenKind.Number, @"[0-9]+(\.[0-9]*)?"),
        Rule(SqlTokenKind.Number, @"\.[0-9]+"),
        Rule(SqlTokenKind.Word, @"[A-Za-z_][A-Za-z0-9_@:]*"),
        Rule(SqlTokenKind.DigitIdentifier, @"[0-9][A-Za-z0-9_@:]+"),
        Rule(SqlTokenKind.Unrecognized, @"."),
    ];

    private static readonly (SqlTokenKind? Kind, Regex Rule)[] Trino =
    [
        .. Common,
        Rule(SqlTokenKind.Number, Digits),
        Rule(SqlTokenKind.Number, @"0[xX](_?[0-9a-fA-F])+"),
        Rule(SqlTokenKind.Number, @"0[oO](_?[0-7])+"),
        Rule(SqlTokenKind.Number, @"0[bB](_?[01])+"),
        Rule(SqlTokenKind.Number, $@"{Digits}\.({Digits})?"),
        Rule(SqlTokenKind.Number, $@"\.{Digits}"),
        Rule(SqlTokenKind.Word, @"[A-Za-z_][A-Za-z0-9_]*"),
        Rule(SqlTokenKind.DigitIdentifier, @"[0-9][A-Za-z0-9_]+"),
        Rule(SqlTokenKind.Punctuation, @"\{-|-\}|[{}|^$:]"),
        Rule(SqlTokenKind.Unrecognized, @"."),
    ];

    public static IEnumerable<(SqlTokenKind Kind, string Text)> Tokens(string sql, EngineKind engine)
    {
        var rules = engine == EngineKind.Presto ? Presto : Trino;
        for (var at = 0; at < sql.Length;)
        {
            var (kind, length) = rules
                .Select(rule => (rule.Kind, rule.Rule.Match(sql, at).Length))
                .MaxBy(match => match.Length);
            if (kind is { } visible)
                yield return (visible, sql.Substring(at, length));
            at += length;
        }
    }

    private static (SqlTokenKind?, Regex) Rule(SqlTokenKind? kind, string pattern) =>
        (kind, new Regex(@"\G(?:" + pattern + ")", RegexOptions.Singleline | RegexOptions.CultureInvariant));
}
