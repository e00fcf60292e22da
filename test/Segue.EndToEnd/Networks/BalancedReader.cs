using Segue.EndToEnd.Load;
using Segue.EndToEnd.Members;

namespace Segue.EndToEnd.Networks;

/// <summary>Reads through a load balancer over all members, each request at the next one.</summary>
internal sealed class BalancedReader(AnyMember front, IReadOnlyList<ShortRead> reads, TimeSpan pause, int first) : IReadClient
{
    public async Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop)
    {
        var at = first;
        for (var turn = first; !stop.IsCancellationRequested; turn++)
        {
            var read = reads[turn % reads.Count];
            var began = now();
            string? problem;
            try
            {
                var run = await front.RunAsync(read.Sql, _ => front.Next(ref at));
                problem = run[^1].HasError ? $"{read.Sql}: {run[^1].Error}" : read.Judge([.. run.SelectMany(static reply => reply.Rows)]) is { } wrong ? $"WRONG ROWS: {wrong}" : null;
            }
            catch (Exception broken) when (broken is HttpRequestException or OperationCanceledException or ShouldAssertException)
            {
                problem = $"{read.Sql}: {broken.Message}";
            }
            seen(began, now(), problem);
            await Task.Delay(pause, TimeProvider.System, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }
}
