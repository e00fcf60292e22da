using Segue.Core.Routing;

namespace Segue.Core.Configuration;

/// <summary>Reads <c>store</c>, and <c>key_file</c> beside it.</summary>
internal static class StoreReader
{
    private static readonly ScalarType<StoreUrl> Url = new(
        "embedded, postgres://user@host/database or etcd://host:2379,host:2379", StoreUrl.Parse, static url => url.ToString());

    public static StoreConfig Read(Section store, Section root, ConfigSecrets secrets)
    {
        var url = store.One("url", Url, StoreUrl.Embedded);
        var password = store.Optional("password", ScalarTypes.Secret, secrets.StorePassword);
        var config = new StoreConfig
        {
            Url = url,
            Password = password ?? url.Password,
            Tls = ReadTls(store.Child("tls")),
            KeyFile = root.Optional("key_file", ScalarTypes.Text),
            Key = secrets.Key,
        };
        if (store.IsClean)
            Judge(config, store, root);
        store.End();
        return config;
    }

    private static StoreTlsConfig? ReadTls(Section tls)
    {
        var authority = tls.Optional("ca", ScalarTypes.Text);
        var certificate = tls.Optional("certificate", ScalarTypes.Text);
        var key = tls.Optional("key", ScalarTypes.Text);
        var verify = tls.One("verify", ScalarTypes.Boolean, true);
        tls.End();
        if (certificate is null != key is null)
            tls.Problem(certificate is null ? "certificate" : "key", "is required", "certificate and key together");
        if (authority is not null && !verify)
            tls.Problem("ca", "is set though verify is false", "ca, or verify: false");
        return !tls.IsPresent ? null : new StoreTlsConfig
        {
            AuthorityFile = authority,
            Certificate = certificate is null || key is null ? null : new CertificateFiles(certificate, key),
            Verify = verify,
        };
    }

    private static void Judge(StoreConfig config, Section store, Section root)
    {
        var shared = config.Url.Kind != StoreKind.Embedded;
        if (!shared && store.Has("tls"))
            store.Problem("tls", "is set though the store is embedded", null);
        if (config.Password is not null && config.Url.User is null)
            store.Problem("password", "is set though the store's URL names no user", "user@ in url (SEGUE_STORE_PASSWORD counts too)");
        else if (config is { Url.Kind: StoreKind.Etcd, Password: not null, Tls: null } && !config.Url.Hosts.All(static host => host.Host is "localhost" or "127.0.0.1" or "[::1]"))
            store.Problem("password", "would cross the network in clear", "tls beside it");
        if (store.Has("password") && config.Url.Password is not null)
            store.Problem("password", "is set beside one in the URL", "one of them");
        if (!shared && (config.KeyFile ?? config.Key) is not null)
            root.Problem("key_file", "is set though the embedded store has a key of its own in data_dir", "a shared store (SEGUE_KEY counts too)");
        else if (shared && (config.KeyFile ?? config.Key) is null)
            root.Problem("key_file", "is required where the store is shared", "a file with 32 random bytes in base64, or the same in SEGUE_KEY; keep it elsewhere than in the store");
        if (config.Key is { } key && !KeyRing.TryParse(key, out _))
            root.Problem("key_file", "is replaced by SEGUE_KEY, which is not 32 bytes in base64", null);
    }
}
