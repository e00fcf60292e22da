using Microsoft.AspNetCore.Http;
using Segue.Rehearsal.Hosting;
using Segue.Rehearsal.Tasks;

namespace Segue.Rehearsal;

/// <summary>What coordinator and worker have in common: a port, background work, a clean end and a sudden one.</summary>
public abstract class RehearsalNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopped = new();
    private readonly List<Task> _background = [];
    private readonly List<Func<CancellationToken, Task>> _onStop = [];
    private RehearsalHost? _host;

    private protected RehearsalNode(RehearsalOptions options)
    {
        Options = options;
        Bearer = new InternalBearer(options.NodeId, options.InternalSecret ?? options.Environment, options.Time);
    }

    /// <summary>The port it listens on.</summary>
    public int Port => _host!.Port;

    /// <summary>Where it can be reached.</summary>
    public Uri Self => new($"http://{Options.Address}:{Port}");

    private protected RehearsalOptions Options { get; }

    private protected HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });

    private protected InternalBearer Bearer { get; }

    /// <summary>Ends as a clean SIGTERM does.</summary>
    public virtual async Task StopAsync(CancellationToken cancellation = default)
    {
        foreach (var act in _onStop)
            await act(cancellation);
        await StopBackgroundAsync();
        await _host!.StopAsync(cancellation);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await StopBackgroundAsync();
        if (_host is not null)
        {
            await _host.KillAsync();
            await _host.DisposeAsync();
        }
        OnKilled();
        Http.Dispose();
        _stopped.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract Task HandleAsync(HttpContext http, string path);

    private protected virtual void OnKilled()
    {
    }

    private protected async Task ListenAsync(CancellationToken cancellation) =>
        _host = await RehearsalHost.StartAsync(Options, http => HandleAsync(http, http.Request.Path.Value!), cancellation);

    private protected void InBackground(Func<CancellationToken, Task> work) => _background.Add(work(_stopped.Token));

    private protected void OnStop(Func<CancellationToken, Task> act) => _onStop.Add(act);

    /// <summary>What stands behind a path's prefix, without its slash; null where the path is another.</summary>
    private protected static string? Below(string path, string prefix) =>
        path == prefix ? ""
        : path.StartsWith(prefix, StringComparison.Ordinal) && path[prefix.Length] == '/' ? path[(prefix.Length + 1)..]
        : null;

    private async Task StopBackgroundAsync()
    {
        _stopped.Cancel();
        try
        {
            await Task.WhenAll(_background);
        }
        catch (OperationCanceledException)
        {
            // asked for above
        }
    }
}
