using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Segue.Core.Configuration;
using Segue.Server.Store;

namespace Segue.Server.Configuration;

/// <summary>Checks that the files a configuration names can be read and are what they should be.</summary>
internal static class ReferencedFiles
{
    public static ImmutableArray<ConfigError> Check(SegueConfig config, ImmutableArray<ConfigSetting> settings)
    {
        var errors = ImmutableArray.CreateBuilder<ConfigError>();
        if (config.Certificate is { } files)
        {
            Try("tls.certificate", "a PEM file with a certificate, and its key in tls.key",
                () => X509Certificate2.CreateFromPemFile(files.Certificate, files.Key).Dispose());
        }
        if (config.Store is { KeyFile: not null, Key: null })
            Try("key_file", "a file with 32 bytes in base64 that only its owner may read", () => SharedStore.KeysOf(config.Store));
        if (config.Store.Tls?.AuthorityFile is { } authorities)
            Try("store.tls.ca", "a PEM file with certificates", () => ReadBundle(authorities));
        if (config.Store.Tls?.Certificate is { } shown)
        {
            Try("store.tls.certificate", "a PEM file with a certificate, and its key in store.tls.key",
                () => X509Certificate2.CreateFromPemFile(shown.Certificate, shown.Key).Dispose());
        }
        foreach (var cluster in config.Clusters)
        {
            if (cluster.Tls.AuthorityFile is { } bundle)
                Try("clusters[].coordinators.tls.ca", "a PEM file with certificates", () => ReadBundle(bundle));
        }
        return errors.ToImmutable();

        void Try(string key, string allowed, Action read)
        {
            try
            {
                read();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                var setting = settings.First(setting => setting.Key == key);
                errors.Add(new ConfigError(setting.Line, setting.Path, setting.Value, $"cannot be used: {exception.Message}", allowed));
            }
        }
    }

    private static void ReadBundle(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        if (authorities.Count == 0)
            throw new CryptographicException("there is no certificate in it.");
        foreach (var authority in authorities)
            authority.Dispose();
    }
}
