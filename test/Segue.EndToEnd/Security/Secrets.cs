using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Segue.Server.Tests;

namespace Segue.EndToEnd.Security;

/// <summary>Certificates, passwords and tokens of one run, as files for engines and for Segue.</summary>
internal sealed class Secrets : IDisposable
{
    private const string KeystorePassword = "segue-keys";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("segue-secrets-");
    private readonly TestAuthority _authority = new("Segue's test authority");
    private readonly byte[] _tokenKey = RandomNumberGenerator.GetBytes(32);

    public Secrets()
    {
        using var certificate = _authority.Issue("localhost", "127.0.0.1", Exchange.Host);
        File.WriteAllText(PathOf("ca.pem"), _authority.Certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("key.pem"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllBytes(PathOf("keystore.p12"), certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, KeystorePassword));
        File.WriteAllLines(PathOf("passwords"), [Hashed("alice", "right"), Hashed("segue", "own")]);
        File.WriteAllText(PathOf("password-authenticator.properties"), $"password-authenticator.name=file\nfile.password-file={PathOf("passwords")}\n");
        File.WriteAllText(PathOf("jwt.key"), Convert.ToBase64String(_tokenKey));
    }

    /// <summary>The engines' lines for TLS.</summary>
    public string[] HttpsOn(int port) =>
    [
        "--set", "http-server.https.enabled=true", "--set", $"http-server.https.port={port}",
        "--set", $"http-server.https.keystore.path={PathOf("keystore.p12")}", "--set", $"http-server.https.keystore.key={KeystorePassword}",
    ];

    public string PathOf(string file) => Path.Combine(_folder.FullName, file);

    /// <summary>A client that trusts the test's authority alone.</summary>
    public HttpClient Client(Uri server)
    {
        var handler = new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(_authority.Certificate);
        return new HttpClient(handler) { BaseAddress = server };
    }

    /// <summary>A bearer token that an engine with this run's key believes.</summary>
    public string TokenOf(string user)
    {
        var until = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        var signed = $"{Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"sub":"{{user}}","exp":{{until}}}"""))}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(_tokenKey, Encoding.ASCII.GetBytes(signed)))}";
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>A line of a password file in the engines' own format (PBKDF2), which needs no htpasswd.</summary>
    private static string Hashed(string user, string password)
    {
        const int rounds = 1000;
        var salt = RandomNumberGenerator.GetBytes(16);
#pragma warning disable CA5379, CA5387 // the format that Presto reads
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, rounds, HashAlgorithmName.SHA1, 32);
#pragma warning restore CA5379, CA5387
        return $"{user}:{rounds}:{Convert.ToHexStringLower(salt)}:{Convert.ToHexStringLower(hash)}";
    }
}
