namespace Segue.Demo;

/// <summary>The engine's processes, rehearsed or real; disposing kills all that still run.</summary>
internal interface IDemoNodes : IAsyncDisposable
{
    /// <summary>How long a node may take from its start until it runs queries.</summary>
    TimeSpan StartPatience { get; }

    /// <summary>What nodes that have ended said last, a line each; empty where none has.</summary>
    string LastWords { get; }

    /// <summary>Starts a node, again where it ran before; does not wait until it is up.</summary>
    Task StartAsync(DemoNode node, CancellationToken cancellation);

    /// <summary>SIGKILL.</summary>
    Task KillAsync(DemoNode node);

    /// <summary>SIGTERM, without waiting for the end.</summary>
    Task StopAsync(DemoNode node);
}
