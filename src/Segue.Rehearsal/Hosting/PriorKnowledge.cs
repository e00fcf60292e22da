using System.Buffers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
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
        // a connection that has said nothing yet must not outlive the node's stop
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using (var ends = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, stopping))
        {
            try
            {
                await LookAsync(connection, ends.Token);
            }
            catch (OperationCanceledException) when (ends.IsCancellationRequested)
            {
                // nobody is there to be answered
                return;
            }
        }
        await next(connection);
    }

    private static async Task LookAsync(ConnectionContext connection, CancellationToken cancellation)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
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
                return;
            }
            input.AdvanceTo(opening.Start, opening.End);
        }
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
