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

/// <summary>Ten readers of a real cluster while its coordinators die, each warm again before the next.</summary>
internal sealed class ReaderStory : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2.5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly RealCluster _cluster;
    private readonly ReadLoad _load = new();
    private readonly List<Death> _deaths = [];

    private ReaderStory(RealCluster cluster) => _cluster = cluster;

    /// <summary>Canaries like what the readers send, so that a standby's JVM has compiled it before it takes over.</summary>
    public static string Canaries { get; } = $"""
            canary:
              interval: 10s
              warmups: 10
              statements:
        {string.Join('\n', ShortRead.Statements.Select(static sql => $"        - {sql}"))}
        """;

    public IReadOnlyList<Death> Deaths => _deaths;

    public ReadLoad Load => _load;

    /// <summary>Ten clients: those that speak the protocol and repeat nothing, npm's client where it is installed, and two of the engine's command line.</summary>
    public static async Task<ReaderStory> StartAsync(RealCluster cluster)
    {
        var story = new ReaderStory(cluster);
        IReadOnlyList<ShortRead> reads = [];
        foreach (var coordinator in cluster.Coordinators)
        {
            using var direct = new StatementClient(coordinator.Uri, cluster.Dialect);
            reads = await ShortRead.AskAsync(direct);
        }
        var node = cluster.Dialect.Engine == EngineKind.Trino && NodeReader.IsInstalled ? 1 : 0;
        for (var number = 1; number <= 8 - node; number++)
            story._load.Add($"protocol {number}", new RawReader(cluster.Client, reads, Pace));
        if (node == 1)
            story._load.Add("npm trino-client", new NodeReader(cluster.Front.Listen, reads, Pace));
        for (var number = 1; number <= 2; number++)
            story._load.Add($"command line {number}", new CommandLineReader(cluster.Front.Listen, cluster.Dialect, Pace));
        await story._load.FurtherAsync(TimeSpan.Zero, 3, Patience);
        return story;
    }

    /// <summary>The active coordinator dies by SIGKILL, and is started again and warm when this returns.</summary>
    public async Task<Death> KillAsync()
    {
        var victim = await _cluster.ActiveAsync();
        var death = await BreakAsync(victim, "killed", victim.KillAsync);
        await _cluster.RestartAsync(victim);
        return death;
    }

    /// <summary>Both die, the second while the first is still starting: nobody is left, and clients wait.</summary>
    public async Task<Death> KillBothAsync()
    {
        var first = await _cluster.ActiveAsync();
        var second = _cluster.Other(first);
        var killed = RealCluster.Now();
        await BreakAsync(first, "killed", first.KillAsync);
        await first.RestartAsync();
        await _cluster.WaitAsync($"{first.Name} starting", status => status.Coordinators.Single(one => one.Name == first.Name).Evidence is "Starting" or "Refused");
        var death = await BreakAsync(second, "killed while the other one was starting", second.KillAsync, statementsBefore: 0);
        await second.RestartAsync();
        await _cluster.WaitForWarmAsync(first, killed);
        await _cluster.WaitForWarmAsync(second, killed);
        return death;
    }

    /// <summary>Breaks the active coordinator and waits until every client has gone on with another one.</summary>
    /// <param name="statementsBefore">What each client does first, undisturbed.</param>
    public async Task<Death> BreakAsync(RealEngine victim, string how, Func<Task> end, int statementsBefore = 3)
    {
        var began = _load.Now;
        await _load.FurtherAsync(began, statementsBefore, Patience);
        var usual = Median(_load.All.Where(one => one.Overlaps(began, _load.Now)).Select(static one => one.Took));
        var died = _load.Now;
        await end();
        await _cluster.WaitAsync($"another one than {victim.Name} active", status => status.Active != victim.Name && !status.Holding);
        await _load.FurtherAsync(_load.Now, 1, Patience);
        var wentOn = _load.Now;
        var pause = _load.All.Where(one => one.Overlaps(died, wentOn)).Max(static one => one.Took);
        var death = new Death($"{victim.Name} {how}", usual, pause, (await _cluster.Front.StatusAsync()).LastFailover);
        _deaths.Add(death);
        return death;
    }

    public ValueTask DisposeAsync() => _load.DisposeAsync();

    public static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : sorted[sorted.Count / 2];
    }
}
