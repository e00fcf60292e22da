namespace Segue.EndToEnd.Transparency;

/// <summary>What only Trino has.</summary>
internal static class TrinoTalks
{
    private const string Nations = "SELECT nationkey, name FROM tpch.tiny.nation ORDER BY nationkey";

    public static readonly Talk[] All =
    [
        new("encoded rows", Encoded("json"), Encoded("json+zstd"), Encoded("json+lz4"), Encoded("no-such-encoding")),
        new("times of every precision", new Step.Run("SELECT TIMESTAMP '2001-08-22 03:04:05.123456789012', TIME '01:02:03.123456789012', TIMESTAMP '2001-08-22 03:04:05.123456 Asia/Kathmandu'")
        {
            Headers = [("X-Trino-Client-Capabilities", "PATH,PARAMETRIC_DATETIME,SESSION_AUTHORIZATION")],
        }),
        new("the session's zone, path and user", "SET TIME ZONE 'Asia/Kathmandu'", "SELECT current_timezone()", new Step.Run("SET PATH memory.default") { Headers = [("X-Trino-Client-Capabilities", "PATH")] },
            new Step.Run("SET SESSION AUTHORIZATION other", "PERMISSION_DENIED") { Headers = [("X-Trino-Client-Capabilities", "SESSION_AUTHORIZATION")] }),
        new("statements inside statements", "EXECUTE IMMEDIATE 'SELECT ? + 1' USING 41", "WITH FUNCTION twice(x bigint) RETURNS bigint RETURN x * 2 SELECT twice(21)",
            "WITH SESSION query_max_run_time = '1h' SELECT 1"),
    ];

    private static Step.Run Encoded(string encoding) => new(Nations) { Headers = [("X-Trino-Query-Data-Encoding", encoding)] };
}
