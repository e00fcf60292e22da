using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Rehearsal.Discovery;
using Segue.Rehearsal.Hosting;
using Segue.Rehearsal.Info;
using Segue.Rehearsal.Tasks;

namespace Segue.Rehearsal;

/// <summary>A stand-in worker: it announces itself and holds the tasks of queries; the rows come from the coordinator.</summary>
public sealed class RehearsalWorker : RehearsalNode
{
    private readonly WorkerTasks _tasks;
    private readonly InfoEndpoint _info;

    private RehearsalWorker(RehearsalOptions options)
        : base(options)
    {
        _tasks = new WorkerTasks(options.Time);
        _info = new InfoEndpoint(options, incarnation: null);
    }

    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="ArgumentException">A worker needs <see cref="RehearsalOptions.Discovery"/>.</exception>
    public static async Task<RehearsalWorker> StartAsync(RehearsalOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Discovery is not { } uri)
            throw new ArgumentException("a worker needs the URL where it announces itself", nameof(options));
        var worker = new RehearsalWorker(options);
        await worker.ListenAsync(cancellation);
        if (options.Engine == EngineKind.Trino)
            worker.InBackground(new TrinoAnnouncer(options, worker.Http, uri, worker.Self, worker.Bearer).AnnounceAsync);
        else
        {
            var discovery = new ClassicDiscovery(options, worker.Http, uri, worker.Self, new Announcement(options, coordinator: false));
            worker.InBackground(discovery.AnnounceAsync);
            worker.OnStop(discovery.UnannounceAsync);
        }
        return worker;
    }

    private protected override async Task HandleAsync(HttpContext http, string path)
    {
        if (path.StartsWith("/v1/info", StringComparison.Ordinal) || path == "/v1/status")
            await _info.HandleAsync(http, path);
        else if (path.StartsWith("/v1/task", StringComparison.Ordinal) && !IsInternal(http))
            await Answer.StatusAsync(http, 403);
        else if (Below(path, "/v1/task") is { } task)
            await _tasks.HandleAsync(http, task);
        else if (Below(path, "/v1/rehearsal/task") is { } own)
            await _tasks.HandleOwnAsync(http, own);
        else
            await Answer.StatusAsync(http, 404);
    }

    private bool IsInternal(HttpContext http) =>
        Options.Engine == EngineKind.Presto || Bearer.Verify(http.Request.Headers[InternalBearer.Header].ToString());
}
