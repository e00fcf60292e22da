using Segue.Server.Admin;

namespace Segue.Demo;

/// <summary>All processes of the demo: Segue, two coordinators, two workers, and a folder for what they write. Disposing ends and removes them all.</summary>
internal sealed class DemoCast : IAsyncDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private const int WarmUps = 10;

    /// <summary>All demo queries, one after the other, on a warm coordinator of a real engine.</summary>
    private static readonly TimeSpan WarmRound = TimeSpan.FromSeconds(1);

    private readonly string _engine;
    private readonly string _folder = Directory.CreateTempSubdirectory("segue-demo-").FullName;
    private readonly AdminClient _status;
    private readonly DemoStory _story;
    private OwnProcess? _segue;

    public DemoCast(DemoOptions options, DemoStory story)
    {
        _engine = options.Engine;
        _story = story;
        var ports = DemoNode.FreePorts(6);
        (Segue, Admin) = (DemoNode.Loopback(ports[0]), DemoNode.Loopback(ports[1]));
        _status = new AdminClient(Admin);
        Coordinators = [new("coordinator-1", "coordinator", ports[2]), new("coordinator-2", "coordinator", ports[3])];
        story.NameOf = address => Coordinators.FirstOrDefault(node => node.Authority == address)?.Name ?? address;
        Workers = [new("worker-1", "worker", ports[4]), new("worker-2", "worker", ports[5])];
        Nodes = options.Script is { } script ? new RealNodes(script, _engine, Segue, _folder) : new RehearsalNodes(_engine, Segue);
    }

    /// <summary>Where clients and workers come.</summary>
    public Uri Segue { get; }

    public Uri Admin { get; }

    public DemoNode[] Coordinators { get; }

    public DemoNode[] Workers { get; }

    public IDemoNodes Nodes { get; }

    /// <summary>Starts them all and waits until both coordinators could lead.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _segue = new OwnProcess(
            "serve", "--engine", _engine, "--coordinator", Coordinators[0].Url.OriginalString, "--coordinator", Coordinators[1].Url.OriginalString,
            "--listen", Segue.OriginalString, "--admin", Admin.OriginalString, "--data-dir", Path.Combine(_folder, "segue"));
        await Task.WhenAll(Coordinators.Concat(Workers).Select(node => Nodes.StartAsync(node, cancellation)));
        foreach (var coordinator in Coordinators)
            await WarmAsync(coordinator, since: default, cancellation);
    }

    /// <summary>Waits until a coordinator could lead: it sees both workers, a canary of this run of it was answered, and it is no slower than it will be.</summary>
    public async Task WarmAsync(DemoNode coordinator, DateTimeOffset since, CancellationToken cancellation)
    {
        await UntilAsync(
            cluster => cluster.Coordinators.FirstOrDefault(c => c.Name == coordinator.Authority) is { Ready: true, LastCanary: { Succeeded: true } canary } seen
                && seen.WorkersSeen == Workers.Length && canary.At >= since,
            $"{coordinator.Name} to be ready with {Workers.Length} workers", Nodes.StartPatience, cancellation);
        // a JVM compiles what it runs: its first statements take seconds, and that is no pause of Segue's making
        using var client = new DemoClient(coordinator.Url, _engine, "demo-warm-up");
        var time = TimeProvider.System;
        for (var round = 1; round <= WarmUps; round++)
        {
            var began = time.GetTimestamp();
            foreach (var query in DemoQuery.All)
                await client.RunAsync(query, cancellation);
            if (time.GetElapsedTime(began) < WarmRound)
                return;
        }
    }

    /// <summary>Asks Segue until a condition holds.</summary>
    /// <exception cref="DemoException">It did not come true in time, or Segue has ended.</exception>
    public async Task<ClusterReport> UntilAsync(Func<ClusterReport, bool> condition, string what, TimeSpan patience, CancellationToken cancellation)
    {
        var time = TimeProvider.System;
        for (var began = time.GetTimestamp(); ;)
        {
            var (report, problem, _) = await _status.StatusAsync(cancellation);
            if (report is not null)
                _story.Status = report;
            if (report?.Clusters[0] is { } cluster && condition(cluster))
                return cluster;
            if (_segue!.HasExited)
                throw new DemoException($"segue serve has ended:{Environment.NewLine}{_segue.LastLines}");
            if (time.GetElapsedTime(began) > patience)
                throw new DemoException(
                    $"waited {HumanDuration.Of(patience)} for {what}; {problem ?? report!.Clusters[0].Sentence}{Nodes.LastWords}{Environment.NewLine}{_segue.LastLines}");
            await Task.Delay(Glance, time, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _status.Dispose();
        await Nodes.DisposeAsync();
        if (_segue is not null)
            await _segue.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
