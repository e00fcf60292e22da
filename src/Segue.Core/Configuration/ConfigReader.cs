using System.Collections.Immutable;
using System.Globalization;

namespace Segue.Core.Configuration;

/// <summary>Turns a tree into a configuration, or into every error that is in it.</summary>
public static class ConfigReader
{
    private static readonly ScalarType<string> Collector = new("an http:// or https:// URL", ParseCollector, static text => text);

    /// <summary>Every key there is, in the order of docs/configuration.md.</summary>
    public static ImmutableArray<ConfigSetting> KnownKeys { get; } = Read(
        // one of each list's items, so that their keys are asked for
        new ConfigMapping(
            [new("clusters", new ConfigSequence([new ConfigMapping(
                [new("coordinators", new ConfigSequence([new ConfigMapping([], 0)], 0), 0)], 0)], 0), 0)], 0),
        ConfigSecrets.None).Settings;

    public static ConfigReading Read(ConfigNode root, ConfigSecrets secrets)
    {
        var notes = new ReadingNotes();
        var config = ReadRoot(Section.Root(notes, root), secrets);
        return new ConfigReading(
            notes.Errors.Count == 0 ? config : null,
            [.. notes.Errors.OrderBy(static error => error.Line)],
            [.. notes.Settings]);
    }

    private static SegueConfig ReadRoot(Section root, ConfigSecrets secrets)
    {
        var defaults = new SegueConfig { Clusters = [] };
        var listen = root.One("listen", EndpointType.Listen, defaults.Listen);
        var admin = root.One("admin", EndpointType.Listen, defaults.Admin);
        var store = StoreReader.Read(root.Child("store", "url"), root, secrets);
        var shared = store.Url.Kind != StoreKind.Embedded;
        var peers = PeersReader.Read(root.Child("peers", "listen"), shared);
        var config = defaults with
        {
            Listen = listen,
            Admin = admin,
            Store = store,
            Peers = peers,
            Members = PeersReader.ReadTimes(root.Child("members"), shared),
            DataDirectory = root.One("data_dir", ScalarTypes.Text, defaults.DataDirectory),
            TrustedProxies = root.List("trusted_proxies", ScalarTypes.Cidr, defaults.TrustedProxies),
            OtlpEndpoint = root.Optional("otlp", Collector),
            Certificate = ReadCertificate(root.Child("tls"), root, ("listen", listen), ("admin", admin), ("peers.listen", peers.Listen)),
            Limits = ReadLimits(root.Child("limits"), defaults.Limits),
            Log = ReadLog(root.Child("log"), defaults.Log),
            Hooks = HooksReader.Read(root.Child("hooks")),
        };
        if (root.IsClean && listen.Port != 0 && listen.Port == admin.Port)
            root.Problem("admin", "uses the port of listen", "a port of its own");
        var clusters = root.Children("clusters");
        if (clusters.Length > 1)
            root.Problem("clusters", string.Create(CultureInfo.InvariantCulture, $"lists {clusters.Length} clusters"), "exactly one in this version");
        var read = clusters.Select(cluster => ClusterReader.Read(cluster, secrets, config.Limits)).ToImmutableArray();
        if (root.IsClean && config is { Listen.Scheme: "http", TrustedProxies.IsEmpty: true } && read.Any(static cluster => cluster.TakesHttpsOnly))
            root.Problem("listen", "is http, and coordinators that are forwarded take only what came over https", "https://, trusted_proxies, or allow_unauthenticated: true");
        root.End();
        return config with { Clusters = read };
    }

    private static CertificateFiles? ReadCertificate(Section tls, Section root, params ReadOnlySpan<(string Key, Endpoint Endpoint)> listeners)
    {
        var certificate = tls.Optional("certificate", ScalarTypes.Text);
        var key = tls.Optional("key", ScalarTypes.Text);
        tls.End();
        var secure = "";
        foreach (var (name, endpoint) in listeners)
            secure = secure.Length == 0 && endpoint.Scheme == "https" ? name : secure;
        if (secure.Length > 0 && !tls.IsPresent)
            root.Problem(secure, "is https without a certificate", "tls.certificate and tls.key");
        else if (tls.IsPresent && secure.Length == 0)
            root.Problem("tls", "is set though nothing listens on https", "a listen, admin or peers URL that begins with https://");
        if (tls.IsPresent && tls.IsClean && (certificate is null || key is null))
            tls.Problem(certificate is null ? "certificate" : "key", "is required", "certificate and key together");
        return certificate is null || key is null ? null : new CertificateFiles(certificate, key);
    }

    private static LimitsConfig ReadLimits(Section limits, LimitsConfig defaults)
    {
        var config = new LimitsConfig
        {
            StatementBytes = (int)limits.One("statement", ScalarTypes.Size(1 << 10, 1 << 30), defaults.StatementBytes),
            HeaderBytes = (int)limits.One("headers", ScalarTypes.Size(16 << 10, 64 << 20), defaults.HeaderBytes),
        };
        limits.End();
        return config;
    }

    private static LogConfig ReadLog(Section log, LogConfig defaults)
    {
        var config = new LogConfig
        {
            Format = log.One(
                "format",
                ScalarTypes.Choice(("auto", LogFormat.Auto), ("text", LogFormat.Text), ("json", LogFormat.Json)),
                defaults.Format),
            Level = log.One(
                "level",
                ScalarTypes.Choice(
                    ("debug", LogLevelName.Debug), ("info", LogLevelName.Info), ("warning", LogLevelName.Warning), ("error", LogLevelName.Error)),
                defaults.Level),
        };
        log.End();
        return config;
    }

    private static string? ParseCollector(string text, out string url)
    {
        url = text;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return "is not a URL";
        return uri.UserInfo.Length > 0 ? "contains user information" : null;
    }
}
