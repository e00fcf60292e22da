using System.Buffers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Segue.Rehearsal.Hosting;

/// <summary>
/// Lets one cleartext port speak HTTP/1.1 and HTTP/2 with prior knowledge, as the engines' ports do (protocol.md §5):
/// Kestrel chooses by ALPN alone, so a connection that opens with the HTTP/2 preface is given one.
/// </summary>
internal static class PriorKnowledge
{
    public static async Task DetectAsync(ConnectionContext connection, Func<ConnectionContext, Task> next)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(connection.ConnectionClosed);
            var opening = read.Buffer;
            if (opening.Length >= 4 || read.IsCompleted)
            {
                if (IsPreface(opening))
                {
                    var h2 = new AlpnH2();
                    connection.Features.Set<ITlsApplicationProtocolFeature>(h2);
                    connection.Features.Set<ITlsConnectionFeature>(h2);
                }
                input.AdvanceTo(opening.Start);
                break;
            }
            input.AdvanceTo(opening.Start, opening.End);
        }
        await next(connection);
    }

    private static bool IsPreface(ReadOnlySequence<byte> opening)
    {
        if (opening.Length < 4)
            return false;
        Span<byte> first = stackalloc byte[4];
        opening.Slice(0, 4).CopyTo(first);
        return first.SequenceEqual("PRI "u8);
    }

    private sealed class AlpnH2 : ITlsApplicationProtocolFeature, ITlsConnectionFeature
    {
        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = SslApplicationProtocol.Http2.Protocol;

        public X509Certificate2? ClientCertificate { get; set; }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult(ClientCertificate);
    }
}
