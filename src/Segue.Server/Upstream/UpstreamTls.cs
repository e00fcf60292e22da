using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Segue.Core.Configuration;

namespace Segue.Server.Upstream;

/// <summary>TLS to coordinators, and how their certificates are judged.</summary>
public sealed class UpstreamTls
{
    private const X509ChainStatusFlags Unknown = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    private readonly X509Certificate2Collection _authorities = [];
    private readonly bool _verify;

    /// <summary>Throws where the bundle cannot be read; the configuration's check has named the file before.</summary>
    public UpstreamTls(UpstreamTlsConfig config)
    {
        _verify = config.Verify;
        if (config.AuthorityFile is { } file)
            _authorities.ImportFromPemFile(file);
    }

    /// <exception cref="AuthenticationException">Its message is the rest of a sentence that begins with the coordinator's name.</exception>
    internal async ValueTask<Stream> SecureAsync(Stream stream, string host, CancellationToken cancellation)
    {
        string? objection = null;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host.Trim('[', ']'),
            CertificateChainPolicy = _authorities.Count > 0 ? Policy() : null,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                !_verify || (objection = Objection(certificate as X509Certificate2, chain, errors, host)) is null,
        };
        var secure = new SslStream(stream);
        try
        {
            await secure.AuthenticateAsClientAsync(options, cancellation);
            return secure;
        }
        catch (AuthenticationException failed)
        {
            await secure.DisposeAsync();
            throw new AuthenticationException(objection ?? $"could not agree on TLS: {(failed.InnerException ?? failed).Message}", failed);
        }
    }

    private static string? Objection(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, string host)
    {
        if (errors == SslPolicyErrors.None)
            return null;
        if (certificate is null || chain is null)
            return "presented no certificate";
        var reasons = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            reasons.Add($"is for {Names(certificate)} and not for {host}");
        foreach (var link in chain.ChainElements)
        {
            if (link.ChainElementStatus.Any(static status => status.Status.HasFlag(X509ChainStatusFlags.NotTimeValid)))
                reasons.Add($"is valid only from {Day(link.Certificate.NotBefore)} to {Day(link.Certificate.NotAfter)} ({link.Certificate.Subject})");
        }
        if (chain.ChainStatus.Any(static status => (status.Status & Unknown) != 0))
            reasons.Add($"was signed by nobody that is trusted here ({certificate.Issuer}): see coordinators.tls.ca");
        if (reasons.Count == 0)
            reasons.AddRange(chain.ChainStatus.Select(static status => $"does not hold ({status.StatusInformation})"));
        return $"presented a certificate that {string.Join(" and ", reasons)}";
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(static names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static address => address.ToString())))
            .ToArray();
        return names.Length == 0 ? certificate.Subject : string.Join(", ", names);
    }

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }
}
