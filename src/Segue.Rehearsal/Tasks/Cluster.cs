using System.Globalization;
using System.Text;
using Segue.Core.Model;
using Segue.Rehearsal.Discovery;
using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Tasks;

/// <summary>The workers that a coordinator knows, and the tasks that it gives them.</summary>
internal sealed class Cluster(RehearsalOptions options, HttpClient http, InternalBearer bearer)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _turn;

    public IReadOnlyList<Node> Workers { get; private set; } = [];

    public void Replace(IReadOnlyList<Node> workers)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            Workers = workers;
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.SetResult();
    }

    /// <returns>False where no worker came in time.</returns>
    public async Task<bool> WaitForWorkerAsync(TimeSpan patience, CancellationToken cancellation)
    {
        var began = options.Time.GetTimestamp();
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (Workers.Count > 0)
                    return true;
                changed = _changed.Task;
            }
            var left = patience - options.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                return false;
            try
            {
                await changed.WaitAsync(left, options.Time, cancellation);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    /// <summary>Puts a task for the query on a worker that answers; disposing the result ends the task.</summary>
    public async Task<RemoteTask> StartTaskAsync(Query query)
    {
        var workers = Workers;
        for (var i = 0; i < workers.Count; i++)
        {
            var worker = workers[Interlocked.Increment(ref _turn) % workers.Count];
            var id = query.Id + ".0.0.0" + (options.Engine == EngineKind.Trino ? ".0" : "");
            var uri = new Uri(worker.Uri, $"/v1/rehearsal/task/{id}");
            try
            {
                using var answer = await SendAsync(HttpMethod.Put, uri, query.Ended);
                if (answer.IsSuccessStatusCode)
                    return new RemoteTask(this, query, new Uri(worker.Uri, $"/v1/task/{id}"), uri, options.Time);
            }
            catch (HttpRequestException)
            {
                // this worker is gone; the next one may not be
            }
        }
        throw new QueryException(QueryError.LostTask(
            string.Create(CultureInfo.InvariantCulture, $"None of {workers.Count} workers takes a task")));
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri uri, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, uri);
        if (options.Engine == EngineKind.Trino)
            request.Headers.Add(InternalBearer.Header, bearer.Sign());
        if (method == HttpMethod.Put)
            request.Content = new StringContent("", Encoding.UTF8, "text/plain");
        return http.SendAsync(request, cancellation);
    }
}
