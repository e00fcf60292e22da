using System.Globalization;

namespace Segue.Demo;

/// <summary>Nodes that are <c>segue rehearse</c>.</summary>
internal sealed class RehearsalNodes(string engine, Uri discovery) : IDemoNodes
{
    private readonly Dictionary<DemoNode, OwnProcess> _running = [];

    public TimeSpan StartPatience => TimeSpan.FromSeconds(30);

    public string LastWords => string.Concat(
        _running.Where(static pair => pair.Value.HasExited).Select(static pair => $"{Environment.NewLine}{pair.Key.Name} has ended: {pair.Value.LastLines}"));

    public async Task StartAsync(DemoNode node, CancellationToken cancellation)
    {
        if (_running.Remove(node, out var former))
        {
            await former.WaitForExitAsync(cancellation); // its port must be free
            await former.DisposeAsync();
        }
        _running[node] = new OwnProcess(
            "rehearse", node.Role, "--engine", engine, "--port", node.Port.ToString(CultureInfo.InvariantCulture),
            "--node-id", node.Name, "--discovery", discovery.OriginalString);
    }

    public Task KillAsync(DemoNode node)
    {
        _running[node].Kill();
        return Task.CompletedTask;
    }

    public Task StopAsync(DemoNode node)
    {
        _running[node].Terminate();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Values)
            await process.DisposeAsync();
    }
}
