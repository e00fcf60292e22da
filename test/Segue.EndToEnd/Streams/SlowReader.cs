using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Segue.EndToEnd.Clients;

namespace Segue.EndToEnd.Streams;

/// <summary>A client that takes a result at its own pace, and asks its kernel not to take more ahead of it.</summary>
internal sealed class SlowReader : IAsyncDisposable
{
    private const int Sip = 64 << 10;

    private readonly CancellationTokenSource _enough = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ConnectCallback = ConnectAsync });
    private readonly string _user;
    private readonly Task _reading;
    private long _read;

    private SlowReader(string user, string nextUri, TimeSpan pause)
    {
        _user = user;
        _reading = ReadAsync(nextUri, pause);
    }

    /// <summary>Bytes that it has taken so far.</summary>
    public long Read => Volatile.Read(ref _read);

    /// <param name="pause">Before each sip of 64 KiB.</param>
    public static async Task<SlowReader> StartAsync(StatementClient client, string userHeader, string sql, TimeSpan pause) =>
        new(userHeader, (await client.PostAsync(sql)).NextUri.ShouldNotBeNull(), pause);

    /// <summary>Throws what has ended it early.</summary>
    public void MustStillRead()
    {
        if (_reading.IsCompleted)
            _reading.GetAwaiter().GetResult();
        _reading.IsCompleted.ShouldBeFalse("the whole result was read");
    }

    public async ValueTask DisposeAsync()
    {
        _enough.Cancel();
        await _reading.ContinueWith(static _ => { }, TaskScheduler.Default);
        _http.Dispose();
        _enough.Dispose();
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = Sip };
        await socket.ConnectAsync(context.DnsEndPoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task ReadAsync(string? next, TimeSpan pause)
    {
        using var pace = new PeriodicTimer(pause, TimeProvider.System);
        while (next is not null)
            next = await PageAsync(next, pace);
    }

    /// <summary>Reads one page; what stands behind its rows names the next.</summary>
    private async Task<string?> PageAsync(string uri, PeriodicTimer pace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.Add(_user, "slow");
        using var page = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _enough.Token);
        page.EnsureSuccessStatusCode();
        await using var body = await page.Content.ReadAsStreamAsync(_enough.Token);
        var (sip, tail) = (new byte[Sip], "");
        for (int count; (count = await body.ReadAsync(sip, _enough.Token)) > 0;)
        {
            Interlocked.Add(ref _read, count);
            tail = tail[Math.Max(0, tail.Length - 8192)..] + Encoding.Latin1.GetString(sip, 0, count);
            await pace.WaitForNextTickAsync(_enough.Token);
        }
        var at = tail.LastIndexOf("\"nextUri\":", StringComparison.Ordinal);
        return at < 0 ? null : JsonSerializer.Deserialize<string>(tail[(at + 10)..(tail.IndexOf('"', at + 11) + 1)]);
    }
}
