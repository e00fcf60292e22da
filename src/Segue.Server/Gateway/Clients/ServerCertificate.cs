using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;

namespace Segue.Server.Gateway.Clients;

/// <summary>
/// The client port's certificate with its chain, read again when the files' content changes. New files are noticed by the first
/// handshake that comes <see cref="CheckEvery"/> after the last look; broken ones leave the old certificate in use.
/// </summary>
internal sealed class ServerCertificate
{
    public static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(5);

    private readonly CertificateFiles _files;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private volatile SslStreamCertificateContext _current;
    private (string Certificate, string Key) _seen;
    private long _lookedAt;
    private int _looking;

    /// <summary>Throws where the files cannot be used: without a certificate the port does not open.</summary>
    public ServerCertificate(CertificateFiles files, ILogger log, TimeProvider time)
    {
        _files = files;
        _log = log;
        _time = time;
        _seen = (File.ReadAllText(files.Certificate), File.ReadAllText(files.Key));
        _current = Load(_seen);
        _lookedAt = time.GetTimestamp();
    }

    public async ValueTask<SslServerAuthenticationOptions> OptionsAsync(CancellationToken cancellation)
    {
        // one handshake looks, the others go on with what there is
        if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= CheckEvery && Interlocked.Exchange(ref _looking, 1) == 0)
        {
            try
            {
                await LookAsync(cancellation);
            }
            finally
            {
                Volatile.Write(ref _lookedAt, _time.GetTimestamp());
                Volatile.Write(ref _looking, 0);
            }
        }

        return new SslServerAuthenticationOptions { ServerCertificateContext = _current };
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            var certificate = await File.ReadAllTextAsync(_files.Certificate, cancellation);
            var now = (certificate, await File.ReadAllTextAsync(_files.Key, cancellation));
            if (now == _seen)
                return;
            _seen = now;
            _current = Load(now);
            GatewayLog.CertificateRead(_log, _files.Certificate, _current.TargetCertificate.NotAfter);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            GatewayLog.CertificateBroken(_log, _files.Certificate, _current.TargetCertificate.NotAfter, e);
        }
    }

    private static SslStreamCertificateContext Load((string Certificate, string Key) pem)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem.Certificate);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(pem.Certificate, pem.Key), chain, offline: true);
    }
}
