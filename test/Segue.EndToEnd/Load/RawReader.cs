using System.Net;
using Segue.EndToEnd.Clients;

namespace Segue.EndToEnd.Load;

/// <summary>The statement protocol itself, repeating nothing: whatever Segue lets through is a failure.</summary>
/// <param name="pause">Between two statements.</param>
internal sealed class RawReader(Func<StatementClient> connect, IReadOnlyList<ShortRead> reads, TimeSpan pause) : IReadClient
{
    public async Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop)
    {
        using var client = connect();
        await Turns.RunAsync(turn => RunAsync(client, reads[turn % reads.Count]), pause, seen, now, stop);
    }

    private static async Task<string?> RunAsync(StatementClient client, ShortRead read)
    {
        try
        {
            var run = await client.RunAsync(read.Sql);
            var last = run[^1];
            if (run.Find(static reply => reply.Status != HttpStatusCode.OK) is { } bad)
                return $"{read.Sql}: status {(int)bad.Status}";
            return last.HasError ? $"{read.Sql}: {last.Error}" : read.Judge([.. run.SelectMany(static reply => reply.Rows)]);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return $"{read.Sql}: {broken.Message}";
        }
    }
}
