using System.Text.Json;
using Segue.EndToEnd.Clients;

namespace Segue.EndToEnd.Load;

/// <summary>A statement and the rows that it must give, each as JSON.</summary>
internal sealed record ShortRead(string Sql, IReadOnlyList<string> Rows)
{
    public static readonly IReadOnlyList<string> Statements =
    [
        "SELECT 1",
        "SELECT count(*) FROM tpch.tiny.nation",
        "SELECT nationkey, name FROM tpch.tiny.nation ORDER BY nationkey",
        "SELECT r.name, count(*) FROM tpch.tiny.nation n JOIN tpch.tiny.region r ON n.regionkey = r.regionkey GROUP BY r.name ORDER BY r.name",
    ];

    /// <summary>Asks a coordinator that nobody disturbs for the right rows of each.</summary>
    public static async Task<IReadOnlyList<ShortRead>> AskAsync(StatementClient quiet)
    {
        var reads = new List<ShortRead>();
        foreach (var sql in Statements)
        {
            var run = await quiet.RunAsync(sql);
            if (run[^1].HasError)
                throw new InvalidOperationException($"{sql}: {run[^1].Error}");
            reads.Add(new ShortRead(sql, [.. run.SelectMany(static reply => reply.Rows)]));
        }
        return reads;
    }

    /// <summary>What is wrong with these rows, or null.</summary>
    public string? Judge(IReadOnlyCollection<string> rows) =>
        rows.SequenceEqual(Rows) ? null : $"{Sql}: {rows.Count} rows in place of {Rows.Count}: {string.Join(' ', rows.Take(5))}";

    /// <summary>The same for rows that a client has parsed.</summary>
    public string? Judge(JsonElement rows) => Judge([.. rows.EnumerateArray().Select(static row => row.GetRawText())]);
}
