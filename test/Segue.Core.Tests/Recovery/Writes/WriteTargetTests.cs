using Segue.Core.Model;
using Segue.Core.Recovery.Writes;

namespace Segue.Core.Tests.Recovery.Writes;

public sealed class WriteTargetTests
{
    [Theory]
    [InlineData("INSERT INTO lake.s.t VALUES (1)",                         "Insert lake s t")]
    [InlineData("insert into T(a) select 1",                               "Insert c d t")]
    [InlineData("INSERT INTO s.t (SELECT 1)",                              "Insert c s t")]
    [InlineData("/* a */ INSERT -- b\n INTO \"Odd \"\"name\"\"\" VALUES 1", "Insert c d odd \"name\"")]
    [InlineData("DELETE FROM t",                                           "Delete c d t")]
    [InlineData("DELETE FROM lake.s.t WHERE x = 1",                        "Delete lake s t")]
    [InlineData("UPDATE t SET x = 2",                                      "Update c d t")]
    [InlineData("MERGE INTO t USING u ON t.x = u.x WHEN MATCHED THEN DELETE", "Merge c d t")]
    [InlineData("MERGE INTO lake.s.t AS a USING u ON a.x = u.x WHEN MATCHED THEN DELETE", "Merge lake s t")]
    [InlineData("MERGE INTO lake.s.t a USING u ON a.x = u.x WHEN MATCHED THEN DELETE", "Merge lake s t")]
    [InlineData("CREATE TABLE t AS SELECT 1 x",                            "CreateTableAs c d t")]
    [InlineData("CREATE TABLE IF NOT EXISTS lake.s.t (x) COMMENT 'AS' WITH (format = 'ORC') AS SELECT 1", "CreateTableAs lake s t")]
    // of no such kind, or not clear
    [InlineData("CREATE TABLE t (x bigint)",                               "")]
    [InlineData("CREATE TABLE t (\"AS\" bigint)",                          "")]
    [InlineData("CREATE OR REPLACE TABLE t AS SELECT 1",                   "")]
    [InlineData("CREATE VIEW t AS SELECT 1",                               "")]
    [InlineData("TRUNCATE TABLE t",                                        "")]
    [InlineData("DROP TABLE t",                                            "")]
    [InlineData("SELECT 1",                                                "")]
    [InlineData("",                                                        "")]
    [InlineData("INSERT INTO",                                             "")]
    [InlineData("INSERT INTO a.b.c.d VALUES 1",                            "")]
    [InlineData("INSERT INTO \"t$files\" VALUES 1",                        "")]
    [InlineData("INSERT INTO t @ 'branch' VALUES 1",                       "")]
    [InlineData("INSERT INTO \"t@branch\" VALUES 1",                       "")]
    [InlineData("INSERT INTO t. VALUES 1",                                 "")]
    [InlineData("DELETE FROM t USING u",                                   "")]
    [InlineData("UPDATE t",                                                "")]
    [InlineData("INSERT INTO t VALUES 1; DROP TABLE t",                    "")]
    [InlineData("EXECUTE write_it",                                        "")]
    // effects that no history of the table shows
    [InlineData("INSERT INTO t SELECT * FROM TABLE(pg.system.query(query => 'DELETE FROM x RETURNING 1'))", "")]
    [InlineData("INSERT INTO t SELECT notify(x) FROM u",                   "")]
    [InlineData("DELETE FROM t WHERE functions.notify(x)",                 "")]
    public void Its_one_table_is_read_from_the_text(string sql, string target) => Shown(sql, "C", "d").ShouldBe(target);

    [Theory]
    [InlineData("INSERT INTO t VALUES 1",     "",  "",  "")]
    [InlineData("INSERT INTO t VALUES 1",     "c", "",  "")]
    [InlineData("INSERT INTO s.t VALUES 1",   "",  "d", "")]
    [InlineData("INSERT INTO s.t VALUES 1",   "c", "",  "Insert c s t")]
    [InlineData("INSERT INTO c.s.t VALUES 1", "",  "",  "Insert c s t")]
    public void A_name_that_its_session_does_not_complete_is_none(string sql, string catalog, string schema, string target) =>
        Shown(sql, catalog, schema).ShouldBe(target);

    private static string Shown(string sql, string catalog, string schema) => WriteTarget.Of(sql, EngineKind.Trino, ["*notify"], catalog, schema) is { } target
        ? $"{target.Kind} {target.Catalog} {target.Schema} {target.Table}"
        : "";
}
