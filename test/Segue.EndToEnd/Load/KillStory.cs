using Segue.Core.Model;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Engines;
using Segue.Server.Admin;

namespace Segue.EndToEnd.Load;

/// <summary>What ten readers saw of one death.</summary>
/// <param name="What">Which coordinator, and how.</param>
/// <param name="Usual">The median time of a statement in the seconds before.</param>
/// <param name="Pause">The longest that any statement took which was under way between the death and the time when every client had gone on.</param>
/// <param name="Failover">Segue's own account of it.</param>
internal sealed record Death(string What, TimeSpan Usual, TimeSpan Pause, FailoverReport? Failover);

/// <summary>Kills active coordinators of real engines under readers, each warm again before the next.</summary>
internal sealed class KillStory : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(300);

    private readonly RealCluster _cluster;
    private readonly ReadLoad _load = new();
    private readonly List<Death> _deaths = [];

    private KillStory(RealCluster cluster) => _cluster = cluster;

    public IReadOnlyList<Death> Deaths => _deaths;

    public ReadLoad Load => _load;

    public RealCluster Cluster => _cluster;

    /// <summary>Ten clients: seven that speak the protocol and repeat nothing, npm's client where it is installed, and two of the engine's command line.</summary>
    public static async Task<KillStory> StartAsync(EngineKind engine, string settings = "")
    {
        var story = new KillStory(await RealCluster.StartAsync(engine, settings));
        var cluster = story._cluster;
        IReadOnlyList<ShortRead> reads = [];
        foreach (var coordinator in cluster.Coordinators)
        {
            using var direct = new StatementClient(coordinator.Uri, cluster.Dialect);
            reads = await ShortRead.AskAsync(direct);
        }
        var node = engine == EngineKind.Trino && NodeReader.IsInstalled ? 1 : 0;
        for (var number = 1; number <= 8 - node; number++)
            story._load.Add($"protocol {number}", new RawReader(cluster.Client, reads, Pace));
        if (node == 1)
            story._load.Add("npm trino-client", new NodeReader(cluster.Front.Listen, reads, Pace));
        for (var number = 1; number <= 2; number++)
            story._load.Add($"command line {number}", new CommandLineReader(cluster.Front.Listen, cluster.Dialect));
        await story._load.FurtherAsync(TimeSpan.Zero, 5, RealCluster.Patience);
        return story;
    }

    /// <summary>The active coordinator dies by SIGKILL, and is started again and warm when this returns.</summary>
    public async Task<Death> KillAsync()
    {
        var victim = await _cluster.ActiveAsync();
        var restarted = RealCluster.Now();
        var death = await DieAsync(victim, "killed", victim.KillAsync);
        await victim.RestartAsync();
        await _cluster.WaitForWarmAsync(victim, restarted);
        return death;
    }

    /// <summary>Both die, the second while the first is still starting: nobody is left, and clients wait.</summary>
    public async Task<Death> KillBothAsync()
    {
        var first = await _cluster.ActiveAsync();
        var second = _cluster.Other(first);
        var restarted = RealCluster.Now();
        await DieAsync(first, "killed", first.KillAsync);
        await first.RestartAsync();
        await _cluster.WaitAsync($"{first.Name} starting", status => status.Coordinators.Single(one => one.Name == first.Name).Evidence is "Starting" or "Refused");
        var death = await DieAsync(second, "killed while the other one was starting", second.KillAsync);
        await second.RestartAsync();
        await _cluster.WaitForWarmAsync(first, restarted);
        await _cluster.WaitForWarmAsync(second, restarted);
        return death;
    }

    /// <summary>Breaks a coordinator and waits until every client has gone on with another one.</summary>
    public async Task<Death> DieAsync(RealEngine victim, string how, Func<Task> end)
    {
        var began = _load.Now;
        await _load.FurtherAsync(began, 3, RealCluster.Patience);
        var usual = Median(_load.All.Where(one => one.Overlaps(began, _load.Now)).Select(static one => one.Took));
        var died = _load.Now;
        await end();
        await _cluster.WaitAsync($"another one than {victim.Name} active", status => status.Active != victim.Name && !status.Holding);
        await _load.FurtherAsync(_load.Now, 2, RealCluster.Patience);
        var wentOn = _load.Now;
        var pause = _load.All.Where(one => one.Overlaps(died, wentOn)).Max(static one => one.Took);
        var death = new Death($"{victim.Name} {how}", usual, pause, (await _cluster.Front.StatusAsync()).LastFailover);
        _deaths.Add(death);
        return death;
    }

    public async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    public static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : sorted[sorted.Count / 2];
    }
}
