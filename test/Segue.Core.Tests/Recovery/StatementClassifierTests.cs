using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Model;
using Segue.Core.Recovery;
using static Segue.Core.Recovery.StatementKind;

namespace Segue.Core.Tests.Recovery;

public class StatementClassifierTests
{
    private static readonly Dictionary<string, string> Prepared = new()
    {
        ["reads"] = "SELECT * FROM t WHERE a = ?",
        ["writes"] = "INSERT INTO t VALUES (?)",
        ["again"] = "EXECUTE reads",
        ["itself"] = "EXECUTE itself",
        ["sets"] = "SET SESSION a = 1",
        ["twice"] = "DELETE FROM t",
        ["Twice"] = "SELECT 1",
    };

    private static readonly ImmutableArray<string> Effects = ["ml.*", "send_mail", "*.udf.fire_*"];

    /// <summary>The same in both grammars.</summary>
    public static TheoryData<string, StatementKind> InBoth => new()
    {
        // queries
        { "SELECT 1", Read },
        { "select 1", Read },
        { "SELECT 1;", Read },
        { "  \r\n\t-- a comment\n/* another */ SELECT 1", Read },
        { "-- INSERT INTO t\rSELECT 1", Read },
        { "/* SELECT 1 */ INSERT INTO t VALUES 1", Write },
        { "-- SELECT 1\rINSERT INTO t VALUES 1", Write },
        { "/* /* */ INSERT INTO t VALUES 1 -- */ SELECT 1", Write },
        { "SELECT 'INSERT INTO t; DROP TABLE t'", Read },
        { "SELECT \"insert\", `delete` FROM \"drop\"", Read },
        { "SELECT 'it''s' || X'00'", Read },
        { "SELECT 'never ends", Write },
        { "SELECT \"never ends", Write },
        { "SELECT 1 /* never ends", Read },
        { "VALUES 1, 2", Read },
        { "TABLE t", Read },
        { "(SELECT 1)", Read },
        { "((SELECT 1) UNION (SELECT 2)) ORDER BY 1", Read },
        { "((INSERT INTO t SELECT 1))", Write },
        { "(CALL system.runtime.kill_query('q'))", Write },
        { "(", Write },
        { "()", Write },
        { "WITH a AS (SELECT 1) SELECT * FROM a", Read },
        { "WITH a (x, y) AS (SELECT 1, 2), b AS (TABLE a) SELECT * FROM b", Read },
        { "WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) TABLE a", Read },
        { "WITH a AS (SELECT 1) (SELECT * FROM a)", Read },
        { "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", Write },
        { "WITH a AS (SELECT 1) UPDATE t SET x = 1", Write },
        { "WITH a AS (SELECT 1) MERGE INTO t USING a ON 1 = 1", Write },
        { "WITH a AS (SELECT 1) CALL p()", Write },
        { "WITH a AS (DELETE FROM t) SELECT 1", Write },
        { "WITH", Write },
        { "WITH session AS (SELECT 1) UPDATE t SET x = 1", Write },
        { "WITH function AS (SELECT 1) UPDATE t SET x = 1", Write },
        { "SELECT * INTO t2 FROM t", Write },
        { "SELECT 1; DROP TABLE t", Write },
        { "SELECT 1;;", Write },
        { "SELECT truncate(update) FROM merge call", Read },
        { "SELECT a FROM t WHERE b IN (SELECT c FROM d) GROUP BY a HAVING count(*) > 1", Read },
        { "SELECT \u0131 FROM t", Write },
        { "\u017fELECT 1", Write },
        { "\ufeffSELECT 1", Write },
        // functions that have effects
        { "SELECT ml.predict(x) FROM t", Write },
        { "SELECT ML.Predict (x) FROM t", Write },
        { "SELECT ml /* */ . \"predict\" -- \n (x) FROM t", Write },
        { "SELECT catalog.ml.predict(x) FROM t", Write },
        { "SELECT ml.predict FROM ml", Read },
        { "SELECT SEND_MAIL('x')", Write },
        { "SELECT * FROM t WHERE a.b.send_mail('x')", Write },
        { "SELECT send_mails('x'), 'send_mail(1)'", Read },
        { "SELECT hive.udf.fire_now()", Write },
        { "SELECT udf.fire_now()", Read },
        { "VALUES (1, send_mail('x'))", Write },
        { "SHOW STATS FOR (SELECT send_mail('x'))", Write },
        { "EXPLAIN SELECT send_mail('x')", Write },
        { "SET SESSION a = send_mail('x')", Write },
        // table functions
        { "SELECT * FROM TABLE(sequence(1, 10))", Read },
        { "SELECT * FROM TABLE(system.builtin.exclude_columns(TABLE(t), DESCRIPTOR(a)))", Read },
        { "SELECT * FROM TABLE(lake.system.table_changes('s', 't', 1, 2))", Read },
        { "SELECT * FROM table ( /* */ pg.system.query(query => 'DELETE FROM t RETURNING 1'))", Write },
        { "SELECT * FROM TABLE(\"sequence\"(1, 2)), TABLE(pg.system.query('x'))", Write },
        { "SELECT * FROM TABLE(pg.system.sequence(1))", Write },
        { "SELECT * FROM TABLE(mine(TABLE(SELECT 1)))", Write },
        { "SELECT * FROM TABLE(1(2))", Write },
        { "SELECT (SELECT count(*) FROM TABLE(pg.system.query('x')))", Write },
        // looking
        { "SHOW TABLES", Read },
        { "SHOW CREATE TABLE t", Read },
        { "SHOW STATS FOR (SELECT 1)", Read },
        { "DESC t", Read },
        { "DESCRIBE INPUT p", Read },
        { "EXPLAIN SELECT 1", Read },
        { "EXPLAIN (TYPE DISTRIBUTED, FORMAT JSON) SELECT 1", Read },
        { "EXPLAIN (SELECT 1)", Read },
        { "EXPLAIN INSERT INTO t SELECT 1", Read },
        { "EXPLAIN EXECUTE reads USING 1", Read },
        { "EXPLAIN EXECUTE nobody", Write },
        { "EXPLAIN ANALYZE SELECT 1", Read },
        { "EXPLAIN /* */ ANALYZE VERBOSE SELECT 1", Read },
        { "EXPLAIN ANALYZE (FORMAT JSON) SELECT 1", Read },
        { "EXPLAIN ANALYZE (FORMAT JSON) DELETE FROM t", Write },
        { "EXPLAIN ANALYZE (SELECT 1)", Read },
        { "explain -- \n analyze verbose insert into t select 1", Write },
        { "EXPLAIN (TYPE LOGICAL) ANALYZE INSERT INTO t SELECT 1", Write },
        { "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1", Write },
        { "EXPLAIN ANALYZE EXECUTE writes USING 1", Write },
        { "EXPLAIN ANALYZE", Write },
        // the session
        { "USE hive.web", SessionOnly },
        { "SET SESSION query_max_run_time = '1h'", SessionOnly },
        { "RESET SESSION query_max_run_time", SessionOnly },
        { "SET ROLE admin", SessionOnly },
        { "SET PATH a.b", SessionOnly },
        { "SET TIME ZONE 'UTC'", SessionOnly },
        { "SET SESSION AUTHORIZATION alice", SessionOnly },
        { "RESET SESSION AUTHORIZATION", SessionOnly },
        { "SET DIGESTION x", Write },
        { "RESET", Write },
        { "PREPARE p FROM INSERT INTO t VALUES (?)", SessionOnly },
        { "DEALLOCATE PREPARE p", SessionOnly },
        // transactions
        { "START TRANSACTION", StartTransaction },
        { "START TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE", StartTransaction },
        { "START", Write },
        { "COMMIT", Commit },
        { "COMMIT WORK;", Commit },
        { "ROLLBACK", Rollback },
        { "rollback work", Rollback },
        { "ROLLBACK INSERT", Write },
        // prepared statements
        { "EXECUTE reads USING 1", Read },
        { "EXECUTE READS", Read },
        { "EXECUTE \"reads\"", Read },
        { "EXECUTE reads USING send_mail('x')", Write },
        { "EXECUTE writes USING 1", Write },
        { "EXECUTE again", Read },
        { "EXECUTE itself", Write },
        { "EXECUTE sets", SessionOnly },
        { "EXECUTE twice", Write },
        { "EXECUTE Twice", Write },
        { "EXECUTE nobody", Write },
        { "EXECUTE reads INSERT", Write },
        { "EXECUTE", Write },
        { "EXECUTE IMMEDIATE 'SELECT ''x'''", Read },
        { "EXECUTE IMMEDIATE 'SELECT ?' USING 1", Read },
        { "EXECUTE IMMEDIATE 'DROP TABLE t'", Write },
        { "EXECUTE IMMEDIATE U&'SELECT 1'", Write },
        { "EXECUTE immediate", Write },
        // writes
        { "CREATE TABLE IF NOT EXISTS t (a int, b varchar(3))", CreateIfNotExists },
        { "create schema if not exists s WITH (location = 'x')", CreateIfNotExists },
        { "CREATE TABLE IF NOT EXISTS t AS SELECT 1", Write },
        { "CREATE TABLE t (a int)", Write },
        { "CREATE OR REPLACE TABLE t (a int)", Write },
        { "CREATE OR REPLACE VIEW v AS SELECT 1", Write },
        { "CREATE VIEW v AS SELECT 1", Write },
        { "CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1", Write },
        { "CREATE ROLE r", Write },
        { "DROP TABLE IF EXISTS t", Write },
        { "ALTER TABLE t EXECUTE optimize", Write },
        { "INSERT INTO t SELECT 1", Write },
        { "DELETE FROM t", Write },
        { "UPDATE t SET a = 1", Write },
        { "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", Write },
        { "TRUNCATE TABLE t", Write },
        { "ANALYZE t", Write },
        { "GRANT SELECT ON t TO alice", Write },
        { "REVOKE SELECT ON t FROM alice", Write },
        { "REFRESH MATERIALIZED VIEW v", Write },
        { "COMMENT ON TABLE t IS 'x'", Write },
        { "CALL system.runtime.kill_query('q')", Write },
        // nothing known
        { "", Write },
        { ";", Write },
        { "-- only a comment", Write },
        { "'SELECT 1'", Write },
        { "\"SELECT\" 1", Write },
        { "{call p()}", Write },
        { "\0", Write },
    };

    public static TheoryData<string, EngineKind, StatementKind> InOne => new()
    {
        { "WITH FUNCTION f(x int) RETURNS int RETURN x + 1 SELECT f(1)", EngineKind.Trino, Read },
        { "WITH FUNCTION f(x int) RETURNS int BEGIN DECLARE y int; SET y = x; RETURN y; END SELECT f(1)", EngineKind.Trino, Read },
        { "WITH FUNCTION f(x int) RETURNS int RETURN send_mail(x) SELECT f(1)", EngineKind.Trino, Write },
        { "WITH FUNCTION f(x int) RETURNS int RETURN x SELECT 1; DROP TABLE t", EngineKind.Trino, Write },
        { "WITH FUNCTION f(x int) RETURNS int RETURN x + 1 SELECT f(1)", EngineKind.Presto, Write },
        { "WITH SESSION query_max_run_time = '1h' SELECT 1", EngineKind.Trino, Read },
        { "WITH SESSION a = 1 INSERT INTO t SELECT 1", EngineKind.Trino, Write },
        { "CREATE CATALOG IF NOT EXISTS c USING tpch", EngineKind.Trino, CreateIfNotExists },
        { "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (^ a {- b+ -} c{2} | d $) DEFINE a AS true)", EngineKind.Trino, Read },
        { "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (a | b))", EngineKind.Presto, Write },
        { "SELECT 1 {--\n; DROP TABLE t", EngineKind.Trino, Write },
        { "SELECT json_object('a' : 1)", EngineKind.Trino, Read },
        { "SELECT x@y:z FROM t", EngineKind.Presto, Read },
        { "SELECT x@y FROM t", EngineKind.Trino, Write },
        { "SELECT 0xFF, 1_000", EngineKind.Trino, Read },
    };

    [Theory]
    [MemberData(nameof(InBoth))]
    public void Both_grammars_are_read_alike(string sql, StatementKind kind)
    {
        foreach (var engine in Enum.GetValues<EngineKind>())
        {
            var found = StatementClassifier.Classify(sql, engine, Prepared, Effects);
            found.Kind.ShouldBe(kind, $"{engine}: {found.Reason}");
        }
    }

    [Theory]
    [MemberData(nameof(InOne))]
    public void Each_grammar_has_its_own(string sql, EngineKind engine, StatementKind kind)
    {
        var found = StatementClassifier.Classify(sql, engine, Prepared, Effects);
        found.Kind.ShouldBe(kind, found.Reason);
    }

    [Theory]
    [InlineData("SELECT 1", false)]
    [InlineData("SELECT * FROM t ORDER BY a", true)]
    [InlineData("SELECT * FROM (SELECT * FROM t ORDER BY a LIMIT 5)", true)]
    [InlineData("((SELECT 1) ORDER BY 1)", true)]
    [InlineData("SELECT rank() OVER (PARTITION BY a ORDER BY b) FROM t", false)]
    [InlineData("SELECT rank() OVER (ORDER BY b) FROM t ORDER /* */ BY 1", true)]
    [InlineData("SELECT array_agg(a ORDER BY b) FROM t", false)]
    [InlineData("SELECT listagg(a) WITHIN GROUP (ORDER BY b) FROM t", false)]
    [InlineData("SELECT f((SELECT 1 ORDER BY 1))", true)]
    [InlineData("SELECT a FROM t WHERE b IN (SELECT c FROM d ORDER BY e LIMIT 1)", true)]
    [InlineData("SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY b)", false)]
    [InlineData("SELECT 'ORDER BY'", false)]
    [InlineData("SHOW TABLES", true)]
    [InlineData("EXPLAIN SELECT 1", true)]
    [InlineData("EXECUTE IMMEDIATE 'SELECT 1 ORDER BY 1'", true)]
    public void Rows_may_have_an_order(string sql, bool ordered) =>
        StatementClassifier.Classify(sql, EngineKind.Trino, Prepared, Effects).Ordered.ShouldBe(ordered);

    [Fact]
    public void Any_text_gets_a_class()
    {
        string[] pieces =
        [
            "SELECT ", "WITH ", "AS ", "(", ")", "TABLE(", "EXPLAIN ", "ANALYZE ", "EXECUTE ", "IMMEDIATE ", "'", "\"", "a", ".", ",", ";", "itself ",
            "ORDER BY ", "/*", "*/", "--", "\n", "CREATE TABLE IF NOT EXISTS ", "INSERT INTO ", "SET SESSION ", "TIME ", "ZONE ", "USING ", "\0", "1", "=",
        ];
        var texts = Gen.Elements(pieces).ListOf().Select(string.Concat).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(40), Prop.ForAll(texts, sql =>
        {
            var found = Enum.GetValues<EngineKind>().Select(engine => StatementClassifier.Classify(sql, engine, Prepared, Effects));
            return found.All(one => one.Reason.Length > 0 && (one.Kind != Read || !sql.StartsWith("INSERT", StringComparison.Ordinal)));
        }));
    }

    [Theory]
    [InlineData("EXPLAIN ANALYZE ", Write)]
    [InlineData("(", Write)]
    [InlineData("TABLE(/*", Write)]
    [InlineData("SELECT /* ", Read)]
    [InlineData("SELECT TABLE(\"", Read)]
    [InlineData("WITH a AS (", Write)]
    public void Endless_nesting_neither_overflows_nor_is_searched_again_and_again(string piece, StatementKind kind) =>
        StatementClassifier.Classify(string.Concat(Enumerable.Repeat(piece, 50_000)), EngineKind.Trino, Prepared, Effects).Kind.ShouldBe(kind);
}
