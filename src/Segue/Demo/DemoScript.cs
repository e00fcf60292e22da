namespace Segue.Demo;

/// <summary>The play: steady queries, a kill, a restart, a clean stop, and what the clients saw of it.</summary>
internal sealed class DemoScript(DemoOptions options, DemoStory story, DemoCast cast)
{
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FailoverPatience = TimeSpan.FromSeconds(30);

    private readonly List<DemoFailover> _failovers = [];

    public async Task<DemoResult> PlayAsync(CancellationToken cancellation)
    {
        var real = options.Script is not null;
        story.Tell($"starting two {(real ? "real" : "rehearsed")} {options.Engine} coordinators, two workers, and Segue before them");
        await cast.StartAsync(cancellation);
        var status = await cast.UntilAsync(static cluster => cluster.Active is not null && !cluster.Holding, "an active coordinator", FailoverPatience, cancellation);
        var first = Node(status.Active!);
        story.Tell($"{first.Name} is active, the other one is a warm standby; {DemoLoad.Clients} clients start");
        await using (var load = new DemoLoad(cast.Segue, options.Engine, story.Tally))
        {
            await WatchAsync(cancellation);
            story.Tell($"killing {first.Name} (SIGKILL)");
            var second = await FailoverAsync("killed", first, cast.Nodes.KillAsync, cancellation);
            await WatchAsync(cancellation);
            story.Tell($"starting {first.Name} again");
            await RestartAsync(first, cancellation);
            story.Tell($"{first.Name} is a warm standby; {second.Name} stays active");
            await WatchAsync(cancellation);
            story.Tell($"stopping {second.Name} (SIGTERM)");
            await FailoverAsync("stopped", second, cast.Nodes.StopAsync, cancellation);
            await WatchAsync(cancellation);
            await load.EndAsync();
            if (options.Stay)
                await RestartAsync(second, cancellation);
        }
        var count = story.Tally.Count;
        return new(
            count.Queries, count.Failed, _failovers.Count, (long)count.Longest.TotalMilliseconds, count.WrongRows, options.Engine, real,
            Math.Round(story.Elapsed.TotalSeconds, 1), [.. _failovers]);
    }

    private async Task<DemoNode> FailoverAsync(string cause, DemoNode from, Func<DemoNode, Task> end, CancellationToken cancellation)
    {
        var epoch = story.Status!.Clusters[0].Epoch;
        await end(from);
        var after = await cast.UntilAsync(
            cluster => cluster.Active != from.Authority && cluster.LastFailover is { FirstAnswerSeconds: not null } timing && timing.Epoch > epoch,
            $"a failover from {from.Name}", FailoverPatience, cancellation);
        var to = Node(after.Active!);
        _failovers.Add(new(cause, from.Name, to.Name, after.LastFailover!));
        story.Tell($"{to.Name} is active: {DemoSummary.Phases(after.LastFailover!)}");
        return to;
    }

    private async Task RestartAsync(DemoNode node, CancellationToken cancellation)
    {
        var since = TimeProvider.System.GetUtcNow();
        await cast.Nodes.StartAsync(node, cancellation);
        await cast.WarmAsync(node, since, cancellation);
    }

    /// <summary>Lets the queries run for a while, and keeps the picture fresh.</summary>
    private async Task WatchAsync(CancellationToken cancellation)
    {
        var until = story.Elapsed + Steady;
        await cast.UntilAsync(_ => story.Elapsed >= until, "the clients", FailoverPatience, cancellation);
    }

    private DemoNode Node(string authority) => cast.Coordinators.First(node => node.Authority == authority);
}
