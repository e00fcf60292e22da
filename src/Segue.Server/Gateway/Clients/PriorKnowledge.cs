using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Segue.Server.Gateway.Clients;

/// <summary>
/// Takes cleartext HTTP/2 with prior knowledge on the port that takes HTTP/1.1: Trino workers announce themselves so (protocol.md §2.3).
/// </summary>
internal static class PriorKnowledge
{
    private static ReadOnlySpan<byte> Preface => "PRI "u8;

    /// <summary>Looks at the first bytes without consuming them.</summary>
    /// <param name="patience">A connection that stays silent for longer is closed.</param>
    public static async Task RecogniseAsync(ConnectionContext connection, ConnectionDelegate next, TimeSpan patience, TimeProvider time)
    {
        // a connection that has said nothing yet must not hold up a stop
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using (var deadline = new CancellationTokenSource(patience, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, connection.ConnectionClosed, stopping))
        {
            try
            {
                if (await StartsWithPrefaceAsync(connection, either.Token))
                    SayHttp2(connection.Features);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // nobody is there to be answered
                return;
            }
        }

        await next(connection);
    }

    private static async Task<bool> StartsWithPrefaceAsync(ConnectionContext connection, CancellationToken cancellation)
    {
        var reader = connection.Transport.Input;
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            var start = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, Preface.Length)).ToArray();
            var undecided = start.Length < Preface.Length && Preface.StartsWith(start) && !read.IsCompleted;
            reader.AdvanceTo(read.Buffer.Start, undecided ? read.Buffer.End : read.Buffer.Start);
            if (!undecided)
                return Preface.SequenceEqual(start);
        }
    }

    // Kestrel chooses HTTP/2 next to HTTP/1.1 only by what TLS negotiated
    private static void SayHttp2(IFeatureCollection features)
    {
        features.Set<ITlsConnectionFeature>(new NoCertificate());
        features.Set<ITlsApplicationProtocolFeature>(new Http2Chosen());
    }

    private sealed class NoCertificate : ITlsConnectionFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult(ClientCertificate);
    }

    private sealed class Http2Chosen : ITlsApplicationProtocolFeature
    {
        private static readonly byte[] Http2 = [.. "h2"u8];

        public ReadOnlyMemory<byte> ApplicationProtocol => Http2;
    }
}
