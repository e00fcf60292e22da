using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Segue.Core.Configuration;

namespace Segue.Server.Store;

/// <summary>How a server's certificate is judged, where the framework's own word is enough.</summary>
internal static class ClientTls
{
    /// <summary>Throws where a file cannot be read.</summary>
    public static SslClientAuthenticationOptions Options(StoreTlsConfig tls)
    {
        var options = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, _, _, errors) => !tls.Verify || errors == SslPolicyErrors.None,
        };
        if (tls.AuthorityFile is { } file)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file);
        }
        if (tls.Certificate is { } files)
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(files.Certificate, files.Key)];
        return options;
    }
}
