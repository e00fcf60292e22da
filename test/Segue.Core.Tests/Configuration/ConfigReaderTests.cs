using Segue.Core.Configuration;
using Segue.Server.Tests;

namespace Segue.Core.Tests.Configuration;

public sealed class ConfigReaderTests
{
    /// <summary>One wrong thing each: key, value, and what is said. A value in braces or brackets is not needed: paths are written out.</summary>
    public static TheoryData<string, string, string> Wrong => new()
    {
        // key                                          value                  says
        { "listen",                                     "http://0.0.0.0",      "" },
        { "listen",                                     "ftp://0.0.0.0:1",     "does not begin with http:// or https://" },
        { "listen",                                     "http://my.host:1",    "does not name an address of this machine" },
        { "listen",                                     "https://0.0.0.0:1",   "is https without a certificate" },
        { "admin",                                      "http://0.0.0.0:8080", "uses the port of listen" },
        { "store",                                      "postgres://db/segue", "is a store that is not in this version" },
        { "store",                                      "etcd://a:2379",       "is a store that is not in this version" },
        { "store",                                      "redis",               "is not a store" },
        { "otlp",                                       "collector",           "is not a URL" },
        { "data_dir",                                   "~",                   "has no value" },
        { "limits.statement",                           "1048576",             "lacks its unit (B, KiB, MiB, GiB)" },
        { "limits.statement",                           "1MB",                 "has the unknown unit 'MB' (units are B, KiB, MiB, GiB)" },
        { "limits.headers",                             "1KiB",                "is too small" },
        { "log.level",                                  "Debug",               "is not one of the choices" },
        { "clusters[0].engine",                         "spark",               "is not one of the choices" },
        { "clusters[0].name",                           "a/b",                 "is not a cluster's name" },
        { "clusters[0].health.probe_interval",          "500",                 "lacks its unit (ms, s, m, h)" },
        { "clusters[0].health.probe_interval",          "1.5s",                "has the unknown unit '.5s' (units are ms, s, m, h)" },
        { "clusters[0].health.probe_interval",          "-1s",                 "is not a whole number with a unit" },
        { "clusters[0].health.probe_interval",          "99999999999999999h",  "is too large" },
        { "clusters[0].health.probe_interval",          "2s",                  "leaves no probe before a coordinator is suspect" },
        { "clusters[0].health.probe_timeout",           "4s",                  "lets a coordinator be lost before its probe ends" },
        { "clusters[0].health.suspect_after",           "3s",                  "comes no sooner than the loss" },
        { "clusters[0].health.unreachable_after",       "11s",                 "waits longer for a dead host than for a silent one" },
        { "clusters[0].health.probe_intervall",         "1s",                  "is not a key; did you mean 'probe_interval'?" },
        { "clusters[0].health.probe-timeout",           "1s",                  "is not a key; did you mean 'probe_timeout'?" },
        { "clusters[0].health.colour",                  "blue",                "is not a key" },
        { "clusters[0].recovery.writes.settle",         "2m",                  "is as long as a write may wait in all, so that none is ever run again" },
        { "clusters[0].recovery.writes",                "never",               "" },
        { "clusters[0].fence.timeout",                  "5s",                  "is set though there is no command" },
        { "clusters[0].canary.warmups",                 "many",                "is not a whole number" },
        { "clusters[0].canary.timeout",                 "2m",                  "lasts into the next canary" },
        { "clusters[0].canary.statements",              "SELECT 1",            "is not a list" },
        { "clusters[0].hold.max_time",                  "10s",                 "ends a hold before a silent coordinator can be lost" },
        { "clusters[0].hold.max_bytes",                 "2MiB",                "cannot hold one statement of the greatest length" },
        { "clusters[0].hold.max_per_user",              "20000",               "is more than all users may hold together" },
        { "clusters[0].hold.release",                   "0",                   "is too small" },
        { "clusters[0].discovery.mode",                 "front-end",           "is not one of the choices" },
        { "clusters[0].recovery.attempts",              "11",                  "is too large" },
        { "clusters[0].recovery.holdback",              "all",                 "" },
        { "clusters[0].recovery.holdback.mode",         "some",                "is not one of the choices" },
        { "clusters[0].recovery.spool.max_bytes",       "64GB",                "has the unknown unit 'GB' (units are B, KiB, MiB, GiB)" },
        { "clusters[0].recovery.spool.max_per_query",   "65GiB",               "is more than all queries may use together" },
        { "clusters[0].recovery.spool.max_bytes",       "1GiB",                "" },
        { "clusters[0].recovery.spool.max_age",         "30s",                 "is too small" },
        { "clusters[0].recovery.holdback",              "",                    "has no value" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void One_wrong_setting_is_one_error_that_names_it(string key, string value, string says)
    {
        var reading = Read(Tree.Least.With(key, value));

        if (says.Length == 0)
        {
            reading.Errors.ShouldBeEmpty();
            return;
        }
        var error = reading.Errors.ShouldHaveSingleItem();
        error.Key.ShouldBe(key);
        error.Message.ShouldBe(says);
        reading.Config.ShouldBeNull();
    }

    [Theory]
    [InlineData("http://a:8321/ui",     "contains a path, query or fragment")]
    [InlineData("http://a:8321?x=1",    "contains a path, query or fragment")]
    [InlineData("http://u:p@a:8321",    "contains user information")]
    [InlineData("a:8321",               "does not begin with http:// or https://")]
    [InlineData("http://a:0",           "has no valid port")]
    [InlineData("http://a:65536",       "has no valid port")]
    [InlineData("http://:8321",         "has no host")]
    [InlineData("http://a b:8321",      "has no valid host")]
    [InlineData("http://coordinator-1:8321/", "names coordinator-1:8321, which is already in the list")]
    [InlineData("https://Coordinator-1:8321", "names coordinator-1:8321, which is already in the list")]
    public void A_coordinators_URL_is_scheme_host_and_port_and_once_in_the_list(string url, string says)
    {
        var error = Read(Tree.Least.WithCoordinator(url)).Errors.ShouldHaveSingleItem();

        error.Key.ShouldBe("clusters[0].coordinators.urls[1].url");
        error.Message.ShouldBe(says);
    }

    [Fact]
    public void All_errors_come_at_once_and_in_the_order_of_lines()
    {
        var reading = Read(Tree.Least.With("listen", "x").With("log.level", "loud").With("clusters[0].hold.release", "none"));

        reading.Errors.Length.ShouldBe(3);
        reading.Errors.Select(e => e.Line).ShouldBe(reading.Errors.Select(e => e.Line).Order());
    }

    [Fact]
    public void A_key_written_twice_is_an_error_that_names_both_lines()
    {
        var error = Read(new ConfigMapping([.. Tree.Least.Root.Entries, new("listen", Tree.Text("http://0.0.0.0:1"), 7), new("listen", Tree.Text("http://0.0.0.0:2"), 9)], 1))
            .Errors.ShouldHaveSingleItem();

        error.Line.ShouldBe(9);
        error.Message.ShouldBe("is written twice, first on line 7");
    }

    [Fact]
    public void Two_clusters_are_not_in_this_version()
    {
        var cluster = ((ConfigSequence)Tree.Least.Root.Entries[0].Value).Items[0];
        var error = Read(new ConfigMapping([new("clusters", new ConfigSequence([cluster, cluster], 2), 1)], 1)).Errors.ShouldHaveSingleItem();

        error.Message.ShouldBe("lists 2 clusters");
        error.Allowed.ShouldBe("exactly one in this version");
    }

    [Fact]
    public void Nothing_at_all_says_what_is_required() =>
        Read(new ConfigMapping([], 1)).Errors.ShouldHaveSingleItem().ToString().ShouldBe("1: clusters: is required (allowed: a list)");

    [Fact]
    public void Secrets_are_never_shown()
    {
        var reading = Read(Tree.Least.With("clusters[0].internal_secret", "hunter2\n").With("passwort", "hunter2").With("clusters[0].coordinators", "http://u:hunter2@a"));

        reading.Errors.Length.ShouldBeGreaterThanOrEqualTo(3);
        string.Join("\n", reading.Errors).ShouldNotContain("hunter2");
        string.Join("\n", reading.Settings).ShouldNotContain("hunter2");
    }

    [Fact]
    public void The_environment_replaces_secrets_and_a_password_excludes_a_token()
    {
        var tree = Tree.Least.With("clusters[0].internal_secret", "from the file");

        ConfigReader.Read(tree.Root, new ConfigSecrets(null, null, "from outside")).Config!.Clusters[0].InternalSecret.ShouldBe("from outside");
        ConfigReader.Read(tree.Root, new ConfigSecrets("p", "t", null)).Errors.ShouldHaveSingleItem()
            .Key.ShouldBe("clusters[0].coordinators.auth.token");
    }

    [Fact]
    public void A_changed_file_says_what_takes_effect_now_and_what_at_the_next_start()
    {
        var before = Read(Tree.Least).Settings;
        var after = Read(Tree.Least.With("listen", "http://0.0.0.0:81").With("clusters[0].hold.max_time", "1m")).Settings;

        var reload = ConfigReload.Between(before, after);

        reload.Applied.ShouldBe(["clusters[0].hold.max_time"]);
        reload.NeedRestart.ShouldBe(["listen"]);
    }

    [Fact]
    public void Every_key_that_needs_a_restart_exists() =>
        ConfigReader.KnownKeys.Count(setting => ConfigReload.NeedsRestart(setting.Key)).ShouldBe(20);

    [Fact]
    public void The_documentation_lists_every_key_with_type_default_and_restart() =>
        Repository.Table("docs/configuration.md", "| key | type | default | restart | meaning |")
            .Select(row => string.Join(" | ", row[..4]))
            .ShouldBe(ConfigReader.KnownKeys.Select(setting =>
                $"{setting.Key} | {setting.Type} | {setting.Default} | {(ConfigReload.NeedsRestart(setting.Key) ? "yes" : "no")}"));

    private static ConfigReading Read(Tree tree) => Read(tree.Root);

    private static ConfigReading Read(ConfigMapping root) => ConfigReader.Read(root, ConfigSecrets.None);
}
