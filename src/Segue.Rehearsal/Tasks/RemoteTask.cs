using System.Net;
using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Tasks;

/// <summary>
/// A query's task on a worker: touched every second so that the worker does not abandon it, and its loss fails the query,
/// so that ending the task of a living query is seen for the mistake it is (R8.1).
/// </summary>
internal sealed class RemoteTask : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly Query _query;
    private readonly Uri _task;
    private readonly Uri _status;
    private readonly CancellationTokenSource _done = new();
    private readonly Task _watch;

    public RemoteTask(Cluster cluster, Query query, Uri task, Uri status, TimeProvider time)
    {
        (_cluster, _query, _task, _status) = (cluster, query, task, status);
        _watch = WatchAsync(time);
    }

    public async ValueTask DisposeAsync()
    {
        _done.Cancel();
        await _watch;
        _done.Dispose();
        try
        {
            using var answer = await _cluster.SendAsync(HttpMethod.Delete, _task, CancellationToken.None);
        }
        catch (HttpRequestException)
        {
            // a worker that is gone has no task left
        }
    }

    private async Task WatchAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Beat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_done.Token))
            {
                using var answer = await _cluster.SendAsync(HttpMethod.Get, _status, _done.Token);
                if (answer.StatusCode == HttpStatusCode.OK)
                    continue;
                _query.Fail(QueryError.LostTask($"Task {_task} is gone"));
                return;
            }
        }
        catch (HttpRequestException failure)
        {
            _query.Fail(QueryError.LostTask($"Encountered too many errors talking to a worker node: {failure.Message}"));
        }
        catch (OperationCanceledException)
        {
            // the query has ended
        }
    }
}
