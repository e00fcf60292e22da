using System.Collections.Immutable;
using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Resuming;

namespace Segue.Core.Tests.Recovery.Resuming;

public sealed class SortKeysTests
{
    /// <summary>A statement with the columns a, b, b2, _col3, and where its sort keys stand in them.</summary>
    public static TheoryData<string, string> Statements => new()
    {
        { "SELECT * FROM t ORDER BY a", "0" },
        { "SELECT * FROM t order by A desc nulls last, 2 ASC", "0,1" },
        { "SELECT * FROM t ORDER BY 3 NULLS FIRST, a DESC LIMIT 7", "2,0" },
        { "SELECT * FROM t ORDER BY \"b\" OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY", "1" },
        { "SELECT * FROM t ORDER BY b2;", "2" },
        { "SELECT * FROM (SELECT * FROM t ORDER BY b) ORDER BY a", "0" },
        { "SELECT array_agg(x ORDER BY y), rank() OVER (ORDER BY z) FROM t ORDER BY 1, 2", "0,1" },
        { "WITH q AS (SELECT 1) (SELECT * FROM q) UNION TABLE r ORDER BY a", "0" },
        { "SELECT 'ORDER BY a' -- ORDER BY a\nFROM t ORDER BY b", "1" },
        // a column of a table, where it stands in the list
        { "SELECT t.a, t.b, t.b2 FROM t ORDER BY t.b, T.A DESC", "1,0" },
        { "SELECT DISTINCT t.b AS a, t.a b, 1 + t.c, count(t.d) OVER (ORDER BY t.e) FROM t ORDER BY t.a", "1" },
        { "WITH q AS (SELECT x.y FROM x) SELECT u, c.s.t.b FROM c.s.t, q ORDER BY c.s.t.b LIMIT 5", "1" },
        { "SELECT 2 * t.a, t.b FROM t ORDER BY t.b", "1" },
        { "SELECT * FROM t ORDER BY t.a", "0" },
        { "SELECT * FROM t JOIN u ON t.a = u.b ORDER BY u.b2 DESC", "2" },
        // not to be told from the text
        { "SELECT * FROM t", "unknown" },
        { "(SELECT * FROM t ORDER BY a)", "unknown" },
        { "SELECT * FROM (SELECT * FROM t ORDER BY b)", "unknown" },
        { "SELECT * FROM t JOIN u USING (a) ORDER BY t.a", "unknown" },
        { "SELECT * FROM t NATURAL JOIN u ORDER BY t.a", "unknown" },
        { "SELECT t.*, u.a FROM t, u ORDER BY u.a", "unknown" },
        { "SELECT 2 * t.b FROM t ORDER BY t.a", "unknown" },
        { "SELECT *, u.a FROM t, u ORDER BY u.a", "unknown" },
        { "SELECT t.a + 1, t.b FROM t ORDER BY t.a", "unknown" },
        { "SELECT t.a.x, t.b FROM t ORDER BY t.a", "unknown" },
        { "SELECT t.a, t.b FROM t ORDER BY s.t.a", "unknown" },
        { "SELECT t.a FROM t UNION SELECT t.a FROM u t ORDER BY t.a", "unknown" },
        { "SELECT b.x, b.y FROM b ORDER BY b.x", "unknown" },
        { "SELECT t.a FROM t ORDER BY t.a + 1", "unknown" },
        { "SELECT t.a FROM t ORDER BY t.", "unknown" },
        { "TABLE t ORDER BY t.a", "unknown" },
        { "SELECT * FROM t ORDER BY a + 1", "unknown" },
        { "SELECT * FROM t ORDER BY lower(a)", "unknown" },
        { "SELECT * FROM t ORDER BY a, c", "unknown" },
        { "SELECT * FROM t ORDER BY 5", "unknown" },
        { "SELECT * FROM t ORDER BY 0", "unknown" },
        { "SELECT * FROM t ORDER BY -1", "unknown" },
        { "SELECT * FROM t ORDER BY 1.0", "unknown" },
        { "SELECT * FROM t ORDER BY ?", "unknown" },
        { "SELECT * FROM t ORDER BY _col3", "unknown" },
        { "SELECT * FROM t ORDER BY ALL", "unknown" },
        { "SELECT * FROM t ORDER BY", "unknown" },
        { "SELECT * FROM t ORDER BY a,", "unknown" },
        { "SHOW TABLES", "unknown" },
        { "EXPLAIN ANALYZE SELECT * FROM t ORDER BY a", "unknown" },
    };

    [Theory]
    [MemberData(nameof(Statements))]
    public void Sort_keys_are_names_of_output_columns_or_their_places(string sql, string positions)
    {
        foreach (var engine in Enum.GetValues<EngineKind>())
        {
            var kind = StatementClassifier.Classify(sql, engine, ImmutableDictionary<string, string>.Empty, []);
            var found = SortKeys.Positions(kind.SortKeys, ["a", "b", "b2", "_col3"]);
            (found is null ? "unknown" : string.Join(',', found)).ShouldBe(positions);
        }
    }

    [Fact]
    public void A_name_of_two_columns_is_neither() =>
        SortKeys.Positions([new SortKey("a", 0)], ["a", "b", "A"]).ShouldBeNull();

    [Theory]
    [InlineData("[1,\"x\",[2]]",     "[9,\"x\",[2]]", true)]
    [InlineData("[1,\"x\",[2]]",     "[1,\"x\",[3]]", false)]
    [InlineData("[1,\"x\",[2]]",     "[1,[2],\"x\"]", false)]
    [InlineData("[1,null,{\"a\":1}]", "[2,null,{\"a\":1}]", true)]
    public void A_rows_key_is_the_bytes_of_its_sort_columns(string left, string right, bool same) =>
        (KeyOf(left) == KeyOf(right)).ShouldBe(same);

    [Theory]
    [InlineData("[1,2]")]
    [InlineData("[1,2")]
    [InlineData("")]
    public void A_row_without_the_columns_has_no_key(string row) => KeyOf(row).ShouldBeNull();

    private static UInt128? KeyOf(string row) => RowKey.Of(System.Text.Encoding.UTF8.GetBytes(row), [1, 2], 3);
}
