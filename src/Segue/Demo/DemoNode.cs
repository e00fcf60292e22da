using System.Net;
using System.Net.Sockets;

namespace Segue.Demo;

/// <summary>One process of the demo's cluster.</summary>
/// <param name="Role">coordinator or worker.</param>
internal sealed record DemoNode(string Name, string Role, int Port)
{
    public Uri Url { get; } = Loopback(Port);

    /// <summary>What Segue calls it.</summary>
    public string Authority => Url.Authority;

    public static Uri Loopback(int port) => new($"http://127.0.0.1:{port}");

    /// <summary>Ports that nobody listens on; all are bound at once, so that no two are the same.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            foreach (var listener in listeners)
                listener.Start();
            return [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners)
                listener.Dispose();
        }
    }
}
