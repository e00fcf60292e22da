using System.Net.Sockets;
using Segue.Core.Protocol;
using Segue.Demo;
using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Processes;
using Segue.Rehearsal;

namespace Segue.EndToEnd.Transparency;

/// <summary>One coordinator with a worker and a Segue before it: the same queries can go either way.</summary>
public abstract class TransparentEngine(Dialect dialect) : IAsyncLifetime
{
    /// <summary>So that a prepared statement of 70 KB passes; the engines' own limit is 8 KB.</summary>
    private static readonly string[] LongHeaders =
        ["--set", "http-server.max-request-header-size=256kB", "--set", "http-server.max-response-header-size=256kB"];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Stack<IAsyncDisposable> _processes = new();
    private readonly int[] _ports = DemoNode.FreePorts(4);

    public Dialect Dialect { get; } = dialect;

    /// <summary>True for a real engine.</summary>
    public abstract bool Real { get; }

    public Uri Coordinator => DemoNode.Loopback(_ports[0]);

    public Uri Through => DemoNode.Loopback(_ports[1]);

    public async Task InitializeAsync()
    {
        if (Real && RealEngine.Script is null)
            return;
        Keep(new SegueFront(Dialect.Engine, [Coordinator], settings: "", Through.Port, _ports[2]));
        await StartNodesAsync();
        await Until.TrueAsync(AnswersAsync, Patience, () => "a count of nations through Segue");
    }

    public async Task DisposeAsync()
    {
        while (_processes.TryPop(out var process))
            await process.DisposeAsync();
    }

    private async Task StartNodesAsync()
    {
        if (!Real)
        {
            Keep(await RehearsalCoordinator.StartAsync(new RehearsalOptions { Engine = Dialect.Engine, Port = Coordinator.Port, NodeId = "c", Discovery = Through }));
            Keep(await RehearsalWorker.StartAsync(new RehearsalOptions { Engine = Dialect.Engine, Port = _ports[3], NodeId = "w", Discovery = Through }));
            return;
        }
        var coordinator = Keep(await RealEngine.StartAsync(Dialect, "coordinator", Coordinator.Port, ["--discovery", Through.OriginalString, .. LongHeaders]));
        var worker = Keep(await RealEngine.StartAsync(Dialect, "worker", _ports[3], "--discovery", Through.OriginalString));
        await coordinator.WaitAsync(Patience);
        await worker.WaitAsync(Patience);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            var pages = await new RawClient(Through, Coordinator, Dialect).RunAsync(new Step.Run("SELECT count(*) FROM tpch.tiny.nation"));
            return pages[^1].Body.AsSpan().IndexOf("\"FINISHED\""u8) >= 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private T Keep<T>(T process)
        where T : IAsyncDisposable
    {
        _processes.Push(process);
        return process;
    }
}

public sealed class RehearsedPrestoBehindSegue() : TransparentEngine(Dialect.Presto)
{
    public override bool Real => false;
}

public sealed class RehearsedTrinoBehindSegue() : TransparentEngine(Dialect.Trino)
{
    public override bool Real => false;
}

public sealed class RealPrestoBehindSegue() : TransparentEngine(Dialect.Presto)
{
    public override bool Real => true;
}

public sealed class RealTrinoBehindSegue() : TransparentEngine(Dialect.Trino)
{
    public override bool Real => true;
}
