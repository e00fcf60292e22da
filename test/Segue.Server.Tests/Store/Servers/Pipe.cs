using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Segue.Server.Tests.Store.Servers;

/// <summary>The network between clients and a server, or the first of several that takes a connection: it can be slow, and it can break.</summary>
internal sealed class Pipe : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly IReadOnlyList<IPEndPoint> _to;
    private readonly Func<IPEndPoint, Task<bool>> _isReady;
    private volatile bool _isCut;
    private volatile TaskCompletionSource? _silence;

    /// <param name="to">Ports of this machine.</param>
    public Pipe(params int[] to)
        : this(IPAddress.Loopback, [.. to.Select(static port => new IPEndPoint(IPAddress.Loopback, port))], static _ => Task.FromResult(true))
    {
    }

    /// <param name="isReady">Who is not gets no new connection.</param>
    public Pipe(IPAddress at, IReadOnlyList<IPEndPoint> to, Func<IPEndPoint, Task<bool>> isReady)
    {
        (_to, _isReady) = (to, isReady);
        _listener.Bind(new IPEndPoint(at, 0));
        _listener.Listen();
        _running.Add(AcceptAsync());
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Before each piece that comes from the server.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>From now on nothing passes, and nothing breaks: what is sent, and each end of a connection, waits for <see cref="Mend"/>.</summary>
    public void Silence() => _silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Breaks every connection; no new one is made before <see cref="Mend"/>.</summary>
    public void Cut()
    {
        _isCut = true;
        Speak();
        foreach (var socket in _open.Keys)
            socket.Dispose();
    }

    public void Mend()
    {
        _isCut = false;
        Speak();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Cut();
        await Task.WhenAll(_running);
    }

    private void Speak()
    {
        _silence?.TrySetResult();
        _silence = null;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _running.Add(ServeAsync(await _listener.AcceptAsync()));
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // disposed
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            foreach (var server in _to)
            {
                if (await _isReady(server) && await TryServeAsync(client, server))
                    return;
            }
        }
    }

    /// <returns>False where nobody took the connection.</returns>
    private async Task<bool> TryServeAsync(Socket client, IPEndPoint to)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _open[client] = _open[server] = true;
        try
        {
            await (_silence?.Task ?? Task.CompletedTask);
            if (_isCut)
                return true;
            await server.ConnectAsync(to);
        }
        catch (SocketException)
        {
            return false;
        }
        finally
        {
            if (!server.Connected)
                _open.TryRemove(server, out _);
        }
        await Task.WhenAny(PumpAsync(client, server, isAnswer: false), PumpAsync(server, client, isAnswer: true));
        _open.TryRemove(client, out _);
        _open.TryRemove(server, out _);
        return true;
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var length)
            {
                if (isAnswer && Delay > TimeSpan.Zero)
                    await Task.Delay(Delay, TimeProvider.System);
                await (_silence?.Task ?? Task.CompletedTask);
                await to.SendAsync(buffer.AsMemory(0, length));
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // cut
        }
        // the other side learns of the end no earlier than of what came before it
        await (_silence?.Task ?? Task.CompletedTask);
    }
}
