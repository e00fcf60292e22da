using System.Globalization;
using Segue.Core.Model;
using Segue.Core.Protocol;

namespace Segue.EndToEnd.Transparency;

/// <summary>What clients do, on both engines and on each alone. The endings are those of the real engines.</summary>
internal static class Talks
{
    private const string CrossJoin = "SELECT count(*) FROM tpch.tiny.lineitem a CROSS JOIN tpch.tiny.lineitem b CROSS JOIN tpch.tiny.orders c";

    /// <summary>70 KB in a header of the request or of the answer.</summary>
    private static readonly string LongStatement = $"SELECT {string.Join(", ", Enumerable.Range(0, 6000).Select(static n => string.Create(CultureInfo.InvariantCulture, $"{n} + ?")))}";

    public static IEnumerable<Talk> Of(Dialect dialect) => [.. Both(dialect), .. dialect.Engine == EngineKind.Presto ? PrestoTalks.All : TrinoTalks.All];

    public static TheoryData<string> Names(Dialect dialect, bool real) => [.. Of(dialect).Where(talk => real || !talk.OnlyReal).Select(static talk => talk.Name)];

    private static Talk[] Both(Dialect dialect) =>
    [
        new("one row", "SELECT 1"),
        new("no rows", "SELECT nationkey, name FROM tpch.tiny.nation WHERE nationkey < 0"),
        new("a small table in order", "SELECT nationkey, name, regionkey, comment FROM tpch.tiny.nation ORDER BY nationkey"),
        new("many pages", new Step.Run("SELECT * FROM tpch.tiny.lineitem", Rows: Compared.AsMultiset)),
        new("many pages in order", "SELECT orderkey, linenumber, extendedprice FROM tpch.tiny.lineitem ORDER BY orderkey, linenumber"),
        new("rows of 300 KB", "SELECT nationkey, rpad(name, 300000, ' segue') FROM tpch.tiny.nation ORDER BY nationkey"),
        new("a row of 6 MB", "SELECT rpad('x', 6000000, 'yz]},{[')"),
        new("columns with the names of a page's fields", """SELECT 1 AS "data", 2 AS "nextUri", 3 AS "ERROR", 4 AS "a ""quoted"" name", 5 AS "smørrebrød 日本", 6 AS "]],[[" """),
        new("strings that look like JSON",
            """SELECT '"', '\', '],[', '{"nextUri":"http://x/"}', '"error":{', 'it''s', U&'\0001\0009\000A\2028', 'žluťoučký кот 日本語 🐎', '', NULL"""),
        new("numbers at their ends",
            "SELECT 9223372036854775807, BIGINT '-9223372036854775808', DOUBLE '1.7976931348623157E308', DOUBLE '5E-324', -DOUBLE '0.0', nan(), infinity(), -infinity(), "
            + "REAL '3.4028235E38', DECIMAL '12345678901234567890123456789012345678', DECIMAL '-0.00000000000000000001', TINYINT '-128', SMALLINT '32767'"),
        new("types of times",
            "SELECT DATE '2001-08-22', DATE '-0001-01-01', TIME '01:02:03.456', TIMESTAMP '2001-08-22 03:04:05.321', TIMESTAMP '2001-08-22 03:04:05.321 Europe/Prague', "
            + "TIME '01:02:03.456 +05:30', INTERVAL '2' DAY, INTERVAL '3' MONTH"),
        new("types of things in things",
            "SELECT ARRAY[1, NULL, 3], ARRAY[ARRAY['a]', 'b'], ARRAY[]], MAP(ARRAY['k,', 'l'], ARRAY[ARRAY[1], NULL]), CAST(ROW(1, 'x', ROW(NULL)) AS ROW(a bigint, b varchar, c ROW(d double))), "
            + """JSON '{"a":[1,{"b":null}]}', CAST('abc' AS char(5)), X'00FF10', true, NULL, IPADDRESS '2001:db8::1', UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', approx_set(1)"""),
        new("VALUES and TABLE", "VALUES (1, 'a'), (2, NULL)", "TABLE tpch.tiny.region"),
        new("lists", "SHOW CATALOGS", "SHOW SCHEMAS FROM tpch", "SHOW TABLES FROM tpch.tiny", "SHOW COLUMNS FROM tpch.tiny.nation", "DESCRIBE tpch.tiny.region",
            "SHOW CREATE TABLE tpch.tiny.nation", "SHOW STATS FOR tpch.tiny.nation", "SHOW FUNCTIONS"),
        new("plans", new Step.Run("EXPLAIN SELECT count(*) FROM tpch.tiny.nation", Rows: Compared.Not), new Step.Run("EXPLAIN ANALYZE SELECT count(*) FROM tpch.tiny.nation", Rows: Compared.Not),
            "EXPLAIN (TYPE VALIDATE) SELECT 1"),
        new("errors of the user", new Step.Run("SELEC 1", "SYNTAX_ERROR"), new Step.Run("SELECT * FROM tpch.tiny.nowhere", Analysis(dialect, "TABLE_NOT_FOUND")),
            new Step.Run("SELECT nobody FROM tpch.tiny.nation", Analysis(dialect, "COLUMN_NOT_FOUND")),
            new Step.Run("SELECT 1 / (nationkey - nationkey) FROM tpch.tiny.nation", "DIVISION_BY_ZERO"), new Step.Run("SELECT nowhere_to_be_found(1)", Analysis(dialect, "FUNCTION_NOT_FOUND"))),
        new("an error in the middle of rows", new Step.Run("SELECT 1 / (orderkey - 60000), comment FROM tpch.tiny.lineitem", "DIVISION_BY_ZERO")),
        new("a limit of time", "SET SESSION query_max_execution_time = '50ms'", new Step.Run(CrossJoin, "EXCEEDED_TIME_LIMIT")) { OnlyReal = true },
        new("refused at the POST", new Step.Run("", "400"), new Step.Run("SELECT 1", "400") { Headers = [(dialect.Header("Session"), "garbage")] },
            new Step.Run("SELECT 1", "UNKNOWN_TRANSACTION") { Headers = [(dialect.Header("Transaction-Id"), "4ad2ba08-39b6-4c5c-9a16-2c3b3d1a2b3c")] }),
        new("a cancelled statement", new Step.Cancel(CrossJoin)),
        new("a statement cancelled by its id", new Step.Cancel(CrossJoin, ByQueryId: true)),
        new("USE", "USE tpch.tiny", "SELECT count(*) FROM nation", "USE memory.default", new Step.Run("SELECT count(*) FROM nation", Analysis(dialect, "TABLE_NOT_FOUND"))),
        new("session properties", "SET SESSION query_max_run_time = '3h'", new Step.Run("SHOW SESSION LIKE 'query_max_run%'"), "RESET SESSION query_max_run_time", "SHOW SESSION LIKE 'query_max_run%'",
            new Step.Run("SET SESSION no_such_thing = 1", Analysis(dialect, "INVALID_SESSION_PROPERTY"))),
        new("prepared statements", "PREPARE p FROM SELECT name FROM tpch.tiny.nation WHERE regionkey = ? AND name <> 'ž,='  ORDER BY 1", "DESCRIBE INPUT p", "DESCRIBE OUTPUT p", "EXECUTE p USING 3",
            "DEALLOCATE PREPARE p", new Step.Run("EXECUTE p USING 3", "NOT_FOUND")),
        new("a prepared statement of 70 KB", $"PREPARE long FROM {LongStatement}", "DESCRIBE INPUT long", "DEALLOCATE PREPARE long"),
        new("a statement of 900 KB", $"SELECT '{new string('é', 450_000)}'"),
        new("a transaction that commits", Begin(dialect), "SELECT count(*) FROM tpch.tiny.nation", "COMMIT", "SELECT 1"),
        new("a transaction that is rolled back", Begin(dialect), "SELECT 1", "ROLLBACK"),
        new("a transaction that fails", Begin(dialect), new Step.Run("SELECT 1 / 0", "DIVISION_BY_ZERO"), new Step.Run("SELECT 1", "TRANSACTION_ALREADY_ABORTED"), "ROLLBACK"),
        new("no transaction", new Step.Run("COMMIT", "NOT_IN_TRANSACTION"), new Step.Run("ROLLBACK", "NOT_IN_TRANSACTION")),
        new("writes", "CREATE TABLE memory.default.seen (a bigint, b varchar)", new Step.Run("CREATE TABLE memory.default.seen (a bigint)", Analysis(dialect, "TABLE_ALREADY_EXISTS")),
            "INSERT INTO memory.default.seen VALUES (1, 'ä'), (2, NULL)", "SELECT * FROM memory.default.seen ORDER BY a", "DROP TABLE memory.default.seen",
            "CREATE TABLE memory.default.seen AS SELECT * FROM tpch.tiny.region", "SELECT count(*) FROM memory.default.seen", "DROP TABLE memory.default.seen"),
        new("zone, language and source of the client",
            new Step.Run("SELECT current_timezone(), format_datetime(TIMESTAMP '2001-08-22 03:04:05', 'MMMM')")
            {
                Headers = [(dialect.Header("Time-Zone"), "Asia/Kathmandu"), (dialect.Header("Language"), "cs-CZ"), (dialect.Header("Source"), "segue test ř"), (dialect.Header("Client-Tags"), "a,b"),
                    (dialect.Header("Client-Info"), "kůň"), (dialect.Header("Trace-Token"), "t-1"), (dialect.Header("Resource-Estimate"), "CPU_TIME=1s")],
            }),
        new("other requests", "SELECT 1", new Step.Ask("HEAD", "/v1/statement"), new Step.Ask("GET", "/v1/statement"), new Step.Ask("GET", "/v1/info"), new Step.Ask("GET", "/v1/info/state"),
            new Step.Ask("GET", "/ui/"), new Step.Ask("GET", "/ui"), new Step.Ask("GET", "/"), new Step.Ask("GET", "/v1/query/{id}"), new Step.Ask("HEAD", "/v1/query/{id}"), new Step.Ask("GET", "/v1/query/20200101_000000_00000_abcde"),
            new Step.Ask("GET", "/v1/cluster"), new Step.Ask("GET", "/v1/no/such/thing"), new Step.Ask("OPTIONS", "/v1/info"),
            new Step.Ask("DELETE", "/v1/query/20200101_000000_00000_abcde")),
    ];

    /// <summary>What Trino has names for is all one to Presto.</summary>
    private static string Analysis(Dialect dialect, string name) => dialect.Engine == EngineKind.Presto ? "SYNTAX_ERROR" : name;

    private static Step.Run Begin(Dialect dialect) => new Step.Run("START TRANSACTION READ ONLY") { Headers = [(dialect.Header("Transaction-Id"), "NONE")] };
}
