namespace Segue.EndToEnd.Transparency;

/// <summary>What only Presto has.</summary>
internal static class PrestoTalks
{
    public static readonly Talk[] All =
    [
        new("warnings", "SELECT 1 UNION SELECT 1", "SELECT count(DISTINCT custkey) FROM tpch.tiny.orders"),
        new("rows in binary", new Step.Run("SELECT nationkey, name FROM tpch.tiny.nation ORDER BY nationkey") { Target = "/v1/statement?binaryResults=true" }),
        // the stand-in speaks as 0.290 and later, which take it; 0.287 refuses it
        new("an id of the client's own", new Step.Ask("PUT", "/v1/statement/20200101_000000_00001_abcde?slug=xabc", "SELECT 1"), "SELECT 1"),
        new("functions of the session", "CREATE TEMPORARY FUNCTION twice(x bigint) RETURNS bigint RETURN x * 2", "SELECT twice(21)", "DROP TEMPORARY FUNCTION twice(bigint)"),
    ];
}
