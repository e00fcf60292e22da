using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Segue.Demo;

/// <summary>One process of the demo's cluster.</summary>
/// <param name="Role">coordinator or worker.</param>
internal sealed record DemoNode(string Name, string Role, int Port)
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public Uri Url { get; } = Loopback(Port);

    /// <summary>What Segue calls it.</summary>
    public string Authority => Url.Authority;

    public static Uri Loopback(int port) => new($"http://127.0.0.1:{port}");

    /// <summary>
    /// Ports that nobody listens on, each given once by this process; not of those that systems give to outgoing connections, one of which may
    /// have any such port by the time when it is listened on.
    /// </summary>
    public static int[] FreePorts(int count)
    {
        var free = new List<int>(count);
        while (free.Count < count)
        {
            var port = RandomNumberGenerator.GetInt32(10_000, 32_768);
            if (Given.TryAdd(port, true) && IsFree(port))
                free.Add(port);
        }
        return [.. free];
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
