using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Protocol;
using Segue.Server.ControlLoop;
using Segue.Server.Upstream;

namespace Segue.Server.Probing;

/// <summary>Everything that looks at one coordinator.</summary>
internal sealed class Watch : IAsyncDisposable
{
    private static readonly TimeSpan JudgeAgain = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly InfoProbe _probe;
    private readonly Prober _prober;
    private readonly Tripwire _tripwire;
    private readonly Canary _canary;
    private readonly AuthenticationProbe _authentication;
    private readonly Alarm _welcomed;
    private readonly Action<Observation, long?> _seen;
    private Task _running = Task.CompletedTask;

    /// <param name="seen">Told each fact; must not block.</param>
    /// <param name="canaryWanted">Whether canaries make sense now.</param>
    public Watch(CoordinatorClient client, ClusterConfig cluster, ClusterServices services, Action<Observation, long?> seen, Func<bool> canaryWanted)
    {
        _seen = seen;
        Client = client;
        Runner = new StatementRunner(Client, cluster, Canary.SourceOf(services.DeploymentId), services.Time);
        _probe = new InfoProbe(Client, cluster.Engine, Client.Config.Url.Scheme == "https" ? Runner.Request : Client.Request);
        _prober = new Prober(_probe, cluster.Name, Client.Name, cluster.Health, services.Time, services.Metrics, seen);
        _tripwire = new Tripwire(Client, services.Time, fact => seen(fact, null));
        _canary = new Canary(Runner, cluster.Name, Client, cluster.Canary, canaryWanted, () => services.Workers().Length, services.Time, services.Metrics, fact => seen(fact, null));
        _authentication = new AuthenticationProbe(Client, Dialect.Of(cluster.Engine), cluster.Auth.User, services.Time);
        _welcomed = new Alarm(services.Time);
        MustBeJudged = client.Config.Url.Scheme == "http" && !cluster.AllowUnauthenticated;
    }

    public CoordinatorClient Client { get; }

    public StatementRunner Runner { get; }

    /// <summary>Not to be used before its authentication was looked at (R10.1).</summary>
    public bool MustBeJudged { get; }

    /// <summary>Whether two configurations look at coordinators in the same way.</summary>
    public static bool Alike(ClusterConfig left, ClusterConfig right) =>
        left.Auth == right.Auth
        && left.Tls == right.Tls
        && left.AllowUnauthenticated == right.AllowUnauthenticated
        && left.Health == right.Health
        && left.Canary with { Statements = right.Canary.Statements } == right.Canary
        && left.Canary.Statements.SequenceEqual(right.Canary.Statements);

    public void Start() => _running = Task.WhenAll(
        EndedAsync(_prober.RunAsync(_stop.Token)),
        EndedAsync(_tripwire.RunAsync(_stop.Token)),
        EndedAsync(_canary.RunAsync(_stop.Token)),
        EndedAsync(JudgeAsync(_stop.Token)));

    public void ProbeNow() => _prober.Now();

    /// <summary>The number of the first probe that begins after this call.</summary>
    public long NextProbe() => _prober.Next();

    /// <summary>A process that was not seen before is ready.</summary>
    public void Welcome()
    {
        _welcomed.Ring();
        _canary.WarmUp();
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _probe.Dispose();
        _stop.Dispose();
    }

    private async Task JudgeAsync(CancellationToken stop)
    {
        // at once: a reload may have taken the leave from a coordinator that is in use
        while (MustBeJudged)
        {
            var objection = await _authentication.JudgeAsync(stop);
            _seen(new Observation.AuthenticationJudged(objection), null);
            await _welcomed.WaitAsync(objection is null ? Timeout.InfiniteTimeSpan : JudgeAgain, stop);
        }
    }

    private async Task EndedAsync(Task loop)
    {
        try
        {
            await loop;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // the only way these loops end
        }
    }
}
