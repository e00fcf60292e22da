using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Model;
using Segue.Core.Recovery;

namespace Segue.Core.Tests.Recovery;

public sealed class StatementGistTests
{
    [Theory]
    [InlineData("SELECT 1", "SELECT 1")]
    [InlineData("  SELECT\n\t a ,  b -- why\n FROM t;  ", "SELECT a , b FROM t;")]
    [InlineData("/* of alice */ SELECT 'it''s secret', U&'\\0041', x'41' FROM \"T\"", "SELECT '…', '…', '…' FROM \"T\"")]
    [InlineData("CREATE CATALOG c USING jdbc WITH (\"password\" = 'p4ss')", "CREATE CATALOG c USING jdbc WITH (\"password\" = '…')")]
    [InlineData("SELECT 'p4ss FROM t", "SELECT …")]
    [InlineData("SELECT \"a\nb\" FROM t", "SELECT \"a b\" FROM t")]
    [InlineData("", "")]
    public void A_statement_on_one_line_without_what_its_literals_say(string sql, string gist) => StatementGist.Of(sql, EngineKind.Trino).ShouldBe(gist);

    [Fact]
    public void What_is_longer_is_cut_with_an_ellipsis()
    {
        var gist = StatementGist.Of("SELECT " + string.Join(", ", Enumerable.Range(100, 100)), EngineKind.Presto);
        gist.Length.ShouldBe(StatementGist.Length);
        gist.ShouldEndWith("…");
        StatementGist.Of(new string('a', 1000), EngineKind.Presto).ShouldBe(new string('a', StatementGist.Length - 1) + "…");
        StatementGist.Of(new string('a', StatementGist.Length), EngineKind.Presto).ShouldBe(new string('a', StatementGist.Length));
    }

    [Fact]
    public void Whatever_the_text_it_is_short_one_line_and_shows_nothing_from_between_single_quotes() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(
            Gen.Elements("SELECT", " ", "'", "''", "\"", "`", "--", "/*", "*/", "\n", "x", "U&", "1", "(", ",", "é", "@").ArrayOf().Select(string.Concat).ToArbitrary(),
            sql =>
            {
                var hidden = StatementGist.Of($"SELECT 'secret{sql.Replace("'", "''", StringComparison.Ordinal)}' {sql}", EngineKind.Presto);
                hidden.ShouldNotContain("secret");
                hidden.Length.ShouldBeLessThanOrEqualTo(StatementGist.Length);
                hidden.ShouldNotContain('\n');
            }));
}
