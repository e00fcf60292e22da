using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Segue.EndToEnd.Transparency;

/// <summary>An answer as it came: its header lines in their order, its body without transfer coding.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    public string? Header(string name) =>
        Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>HTTP/1.1 over a socket of its own for each request: header lines leave as they are given, in UTF-8, none joined, none added but what HTTP wants.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<RawAnswer> SendAsync(Uri server, string method, string target, IEnumerable<(string Name, string Value)> headers, string? body = null)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Host, server.Port, patience.Token);
        await using var stream = socket.GetStream();
        var content = Encoding.UTF8.GetBytes(body ?? "");
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: close\r\n");
        foreach (var (name, value) in headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (body is not null)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {content.Length}\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), patience.Token);
        await stream.WriteAsync(content, patience.Token);
        using var received = new MemoryStream();
        await stream.CopyToAsync(received, patience.Token);
        return Read(received.ToArray());
    }

    private static RawAnswer Read(byte[] answer)
    {
        var end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
            throw new IOException($"no head in an answer of {answer.Length} bytes");
        var lines = Encoding.UTF8.GetString(answer, 0, end).Split("\r\n");
        (string Name, string Value)[] headers = [.. lines.Skip(1).Select(static line => line.Split(':', 2)).Select(static pair => (pair[0], pair[1].Trim()))];
        var read = new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, answer[(end + 4)..]);
        return read.Header("Transfer-Encoding") == "chunked" ? read with { Body = Unchunk(read.Body) } : read;
    }

    private static byte[] Unchunk(ReadOnlySpan<byte> chunked)
    {
        using var whole = new MemoryStream(chunked.Length);
        while (true)
        {
            var line = chunked.IndexOf("\r\n"u8);
            if (line < 0)
                throw new IOException("the body was cut off");
            var length = int.Parse(chunked[..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
                return whole.ToArray();
            whole.Write(chunked.Slice(line + 2, length));
            chunked = chunked[(line + 2 + length + 2)..];
        }
    }
}
