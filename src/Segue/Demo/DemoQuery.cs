namespace Segue.Demo;

/// <summary>A short statement and the rows that are its only right answer, as JSON without spaces.</summary>
internal sealed record DemoQuery(string Sql, string Rows)
{
    /// <summary>True on the engines' tpch connector and on the rehearsal's tables alike.</summary>
    public static readonly DemoQuery[] All =
    [
        new("SELECT 1", "[[1]]"),
        new("SELECT count(*) FROM tpch.tiny.orders", "[[15000]]"),
        new("SELECT regionkey, name FROM tpch.tiny.region ORDER BY regionkey",
            """[[0,"AFRICA"],[1,"AMERICA"],[2,"ASIA"],[3,"EUROPE"],[4,"MIDDLE EAST"]]"""),
        new("SELECT regionkey, count(*) FROM tpch.tiny.nation GROUP BY regionkey ORDER BY regionkey", "[[0,5],[1,5],[2,5],[3,5],[4,5]]"),
        new("SELECT name FROM tpch.tiny.nation WHERE regionkey = 3 ORDER BY name",
            """[["FRANCE"],["GERMANY"],["ROMANIA"],["RUSSIA"],["UNITED KINGDOM"]]"""),
    ];
}
