using Segue.EndToEnd.Load;
using Segue.EndToEnd.Members;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Networks;

/// <summary>Reads through a load balancer over all members, each request at the next one.</summary>
internal sealed class BalancedReader(AnyMember front, IReadOnlyList<ShortRead> reads, TimeSpan pause, int first) : IReadClient
{
    public Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop)
    {
        var at = first;
        return Turns.RunAsync(turn => RunAsync(reads[(first + turn) % reads.Count], () => front.Next(ref at)), pause, seen, now, stop);
    }

    private async Task<string?> RunAsync(ShortRead read, Func<SegueFront> next)
    {
        try
        {
            var run = await front.RunAsync(read.Sql, _ => next());
            return run[^1].HasError ? $"{read.Sql}: {run[^1].Error}" : read.Judge([.. run.SelectMany(static reply => reply.Rows)]) is { } wrong ? $"WRONG ROWS: {wrong}" : null;
        }
        catch (Exception broken) when (broken is HttpRequestException or OperationCanceledException or ShouldAssertException)
        {
            return $"{read.Sql}: {broken.Message}";
        }
    }
}
