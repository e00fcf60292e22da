using System.Net;
using Segue.Core.Model;

namespace Segue.EndToEnd.Failover;

/// <summary>A long read whose coordinator is killed half way goes on behind the rows that its client has (R7).</summary>
public sealed class ResumeTests
{
    private static readonly string[] SmallPages = ["--page-rows", "100", "--page-delay", "20"];

    [Theory]
    [InlineData(EngineKind.Presto, "SELECT custkey, name, nationkey FROM tpch.tiny.customer")]
    [InlineData(EngineKind.Presto, "SELECT custkey, name, nationkey FROM tpch.tiny.customer ORDER BY nationkey")]
    [InlineData(EngineKind.Trino,  "SELECT custkey, name, nationkey FROM tpch.tiny.customer")]
    [InlineData(EngineKind.Trino,  "SELECT custkey, name, nationkey FROM tpch.tiny.customer ORDER BY nationkey")]
    public async Task A_read_killed_half_way_gives_the_rows_of_a_quiet_run(EngineKind engine, string sql)
    {
        await using var cluster = await RehearsedCluster.StartAsync(engine, SmallPages, "    recovery: { holdback: { bytes: 0B } }");
        var expected = await cluster.RowsAsync(sql);
        using var client = cluster.Client();
        var active = await cluster.ActiveAsync();
        var rows = new List<string>();
        var reply = await client.PostAsync(sql);
        while (rows.Count < expected.Count / 2)
        {
            reply = await client.GetAsync(reply.NextUri.ShouldNotBeNull(reply.Json.ToString()));
            rows.AddRange(reply.Rows);
        }
        active.Process.Kill();

        var rest = (await client.FollowAsync(reply)).Skip(1).ToList();
        rest.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
        rest[^1].State.ShouldBe("FINISHED", rest[^1].Json.ToString());
        rows.AddRange(rest.SelectMany(answer => answer.Rows));
        rows.Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal));
        if (sql.Contains("ORDER BY", StringComparison.Ordinal))
            rows.Select(NationOf).ShouldBe(expected.Select(NationOf));
        (await cluster.Other(active).RunsOfAsync(sql)).ShouldBe([(long)expected.Count]);
        (await cluster.StatusAsync()).Queries.Recovered.ShouldBe(1);
    }

    private static string NationOf(string row) => row[row.LastIndexOf(',')..];
}
