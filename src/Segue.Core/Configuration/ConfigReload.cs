using System.Collections.Immutable;

namespace Segue.Core.Configuration;

/// <summary>What a changed file means for a running Segue.</summary>
/// <param name="Applied">Paths of changed settings that take effect now.</param>
/// <param name="NeedRestart">Paths of changed settings that take effect at the next start.</param>
public sealed record ConfigReload(ImmutableArray<string> Applied, ImmutableArray<string> NeedRestart)
{
    // sections and keys that are used once, at the start: sockets, files, clients
    private static readonly ImmutableArray<string> AtStart =
    [
        "listen", "admin", "tls.certificate", "tls.key", "store.url", "store.password", "store.tls.ca",
        "store.tls.certificate", "store.tls.key", "store.tls.verify", "key_file", "peers.listen", "peers.advertise", "peers.ca",
        "members.ttl", "members.failsafe", "members.failsafe_for", "members.drain", "data_dir", "trusted_proxies", "limits.statement", "limits.headers",
        "log.format", "log.level", "otlp",
        "clusters[].name", "clusters[].engine", "clusters[].discovery.mode", "clusters[].discovery.allow",
        "clusters[].hold.max_queries", "clusters[].hold.max_bytes", "clusters[].hold.max_per_user", "clusters[].hold.release",
    ];

    /// <param name="key">As <see cref="ConfigSetting.Key"/>.</param>
    public static bool NeedsRestart(string key) => AtStart.Contains(key);

    /// <summary>Compares two readings setting by setting; one that only one of them has counts as changed.</summary>
    public static ConfigReload Between(ImmutableArray<ConfigSetting> before, ImmutableArray<ConfigSetting> after)
    {
        var old = before.ToDictionary(static setting => setting.Path);
        var changed = after.Where(setting => !old.Remove(setting.Path, out var was) || was.Value != setting.Value).ToList();
        changed.AddRange(old.Values);
        return new ConfigReload(
            [.. changed.Where(static setting => !NeedsRestart(setting.Key)).Select(static setting => setting.Path)],
            [.. changed.Where(static setting => NeedsRestart(setting.Key)).Select(static setting => setting.Path)]);
    }
}
