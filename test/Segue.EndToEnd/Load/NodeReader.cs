using System.Diagnostics;
using System.Text.Json;
using Segue.Server.Tests;

namespace Segue.EndToEnd.Load;

/// <summary>npm's trino-client, which never retries: one process that runs a statement for each line it is given.</summary>
internal sealed class NodeReader(Uri server, IReadOnlyList<ShortRead> reads, TimeSpan pause) : IReadClient
{
    private static readonly string Folder = Path.Combine(Repository.Root, "test", "Segue.EndToEnd", "Clients", "npm");

    /// <summary>Whether <c>npm ci</c> was run in its folder.</summary>
    public static bool IsInstalled => Directory.Exists(Path.Combine(Folder, "node_modules", "trino-client"));

    public async Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Folder, "read.mjs"), server.GetLeftPart(UriPartial.Authority)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var node = Process.Start(start)!;
        await Turns.RunAsync(async turn =>
        {
            var read = reads[turn % reads.Count];
            await node.StandardInput.WriteLineAsync(read.Sql.AsMemory(), CancellationToken.None);
            await node.StandardInput.FlushAsync(CancellationToken.None);
            var line = await node.StandardOutput.ReadLineAsync(CancellationToken.None) ?? throw new InvalidOperationException($"node ended at: {read.Sql}");
            using var answer = JsonDocument.Parse(line);
            return answer.RootElement.TryGetProperty("error", out var error) ? $"{read.Sql}: {error}" : read.Judge(answer.RootElement.GetProperty("rows"));
        }, pause, seen, now, stop);
        node.StandardInput.Close();
        await node.WaitForExitAsync(CancellationToken.None);
    }
}
