using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Model;
using Segue.Core.Recovery;

namespace Segue.Core.Tests.Recovery;

public class SqlLexerTests
{
    // what lexers stumble over, in pieces
    private static readonly string[] Pieces =
    [
        "'", "''", "\"", "\"\"", "`", "``", "U&'", "u&", "X'", "x", "--", "-", "/*", "*/", "/", "*", "\r", "\n", "\t", " ",
        "\f", "\u00a0", "\ufeff", "\u0131", "\u017f", "\ud800", "\0", "0", "1", "42", "0x", "0b", "0o", "_", "1_0", ".", "e", "E+", "e-5", "F",
        "a", "SELECT", "insert", "@", ":", "{-", "-}", "{", "}", "|", "||", "<", ">", "=", "!", "?", ";", "(", ")", "[", "]", "&", "$", "^", "\\",
    ];

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public void It_agrees_with_the_grammars_rules_on_hostile_text(EngineKind engine)
    {
        var texts = Gen.Elements(Pieces).ListOf().Select(string.Concat).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(40), Prop.ForAll(texts, sql =>
            Tokens(sql, engine).SequenceEqual(SlowSqlLexer.Tokens(sql, engine))));
    }

    [Theory]
    [InlineData(EngineKind.Presto)]
    [InlineData(EngineKind.Trino)]
    public void It_agrees_with_the_grammars_rules_on_any_text(EngineKind engine) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll<string?>(ArbMap.Default.ArbFor<string?>(), sql =>
            Tokens(sql ?? "", engine).SequenceEqual(SlowSqlLexer.Tokens(sql ?? "", engine))));

    [Theory]
    //          text                       engine             kinds
    [InlineData("a--b\rc",                 EngineKind.Trino,  "Word Word")]
    [InlineData("a /* /* */ b */",         EngineKind.Trino,  "Word Word Punctuation Punctuation")]
    [InlineData("a /* b",                  EngineKind.Trino,  "Word Punctuation Punctuation Word")]
    [InlineData("'it''s' 'x",              EngineKind.Trino,  "String Unrecognized Word")]
    [InlineData("'a''b",                   EngineKind.Trino,  "String Unrecognized Word")]
    [InlineData("U&'a' X'00' x y'z'",      EngineKind.Trino,  "UnicodeString Binary Word Word String")]
    [InlineData("\"a\"\"b\" `c``d`",       EngineKind.Trino,  "QuotedIdentifier BackquotedIdentifier")]
    [InlineData("1 1.5 .5 1e5 1e5x 1x",    EngineKind.Trino,  "Number Number Number Number DigitIdentifier DigitIdentifier")]
    [InlineData("0xFF 1_000",              EngineKind.Trino,  "Number Number")]
    [InlineData("0xFF 1_000",              EngineKind.Presto, "DigitIdentifier DigitIdentifier")]
    [InlineData("a:b@c",                   EngineKind.Presto, "Word")]
    [InlineData("a:b@c",                   EngineKind.Trino,  "Word Punctuation Word Unrecognized Word")]
    [InlineData("{--a\nb",                 EngineKind.Trino,  "Punctuation Punctuation Word Word")]
    [InlineData("{--a\nb",                 EngineKind.Presto, "Unrecognized Word")]
    public void Both_grammars_tokens(string sql, EngineKind engine, string kinds) =>
        string.Join(' ', Tokens(sql, engine).Select(token => token.Kind)).ShouldBe(kinds);

    private static List<(SqlTokenKind Kind, string Text)> Tokens(string sql, EngineKind engine)
    {
        var tokens = new List<(SqlTokenKind, string)>();
        var lexer = new SqlLexer(sql, engine);
        while (lexer.Read())
            tokens.Add((lexer.Current.Kind, lexer.Text.ToString()));
        return tokens;
    }
}
