using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Segue.Core.Health;
using Segue.Server.Upstream;

namespace Segue.Server.Probing;

/// <summary>One idle connection held open: the kernel's FIN or RST tells of a process's end within milliseconds (R2.1).</summary>
internal sealed class Tripwire(CoordinatorClient client, TimeProvider time, Action<Observation> seen)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromMilliseconds(250);

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            IPAddress? address = null;
            if (await TryConnectAsync(to => address = to, stop) is { } stream)
            {
                bool byPeer;
                await using (stream)
                {
                    // one that several processes may share proves nothing of any of them (R5)
                    seen(new Observation.TripwireOpened(client.Config.Virtual ? null : address?.ToString()));
                    byPeer = await ClosedAsync(stream, stop);
                }
                seen(new Observation.TripwireClosed(byPeer));
            }
            await Task.Delay(ReconnectAfter, time, stop);
        }
    }

    private async Task<Stream?> TryConnectAsync(Action<IPAddress> accepted, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(ConnectLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return await client.ConnectAsync(both.Token, accepted);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested
            && exception is OperationCanceledException or SocketException or IOException or AuthenticationException)
        {
            // no tripwire is no evidence: the probe says what is wrong
            return null;
        }
    }

    /// <returns>True where the other side closed or reset it.</returns>
    private static async Task<bool> ClosedAsync(Stream stream, CancellationToken stop)
    {
        var buffer = new byte[64];
        try
        {
            // a server that says something unasked (a time-out's 408) goes on to close
            while (await stream.ReadAsync(buffer, stop) > 0)
                continue;
            return true;
        }
        catch (IOException failed)
        {
            return failed.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset };
        }
    }
}
