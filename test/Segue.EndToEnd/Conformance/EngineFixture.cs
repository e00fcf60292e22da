using Segue.Core.Protocol;
using Segue.EndToEnd.Engines;
using Segue.Rehearsal;

namespace Segue.EndToEnd.Conformance;

/// <summary>A coordinator with one worker, rehearsed or real.</summary>
public abstract class EngineFixture(Dialect dialect) : IAsyncLifetime
{
    private readonly Stack<IAsyncDisposable> _nodes = new();

    public Dialect Dialect { get; } = dialect;

    /// <summary>Null where this engine is not available here.</summary>
    public Uri? Coordinator { get; private set; }

    public async Task InitializeAsync() => Coordinator = await StartAsync();

    public async Task DisposeAsync()
    {
        while (_nodes.TryPop(out var node))
            await node.DisposeAsync();
    }

    protected abstract Task<Uri?> StartAsync();

    protected async Task<Uri?> RehearseAsync()
    {
        var coordinator = Keep(await RehearsalCoordinator.StartAsync(new RehearsalOptions { Engine = Dialect.Engine, NodeId = "c" }));
        Keep(await RehearsalWorker.StartAsync(new RehearsalOptions { Engine = Dialect.Engine, NodeId = "w", Discovery = coordinator.Self }));
        return coordinator.Self;
    }

    protected async Task<Uri?> StartRealAsync(int port)
    {
        if (RealEngine.Script is null)
            return null;
        var coordinator = Keep(await RealEngine.StartAsync(Dialect, "coordinator", port));
        var worker = Keep(await RealEngine.StartAsync(Dialect, "worker", port + 1, "--discovery", coordinator.Uri.OriginalString));
        await coordinator.WaitAsync(TimeSpan.FromSeconds(120));
        await worker.WaitAsync(TimeSpan.FromSeconds(120));
        return coordinator.Uri;
    }

    private T Keep<T>(T node)
        where T : IAsyncDisposable
    {
        _nodes.Push(node);
        return node;
    }
}

public sealed class RehearsedPresto() : EngineFixture(Dialect.Presto)
{
    protected override Task<Uri?> StartAsync() => RehearseAsync();
}

public sealed class RehearsedTrino() : EngineFixture(Dialect.Trino)
{
    protected override Task<Uri?> StartAsync() => RehearseAsync();
}

public sealed class RealPresto() : EngineFixture(Dialect.Presto)
{
    protected override Task<Uri?> StartAsync() => StartRealAsync(18120);
}

public sealed class RealTrino() : EngineFixture(Dialect.Trino)
{
    protected override Task<Uri?> StartAsync() => StartRealAsync(18130);
}
