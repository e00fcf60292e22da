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
        { "store.url",                                  "redis",               "is not a store" },
        { "store.url",                                  "postgres://db/segue", "lacks its user" },
        { "store.url",                                  "postgres://s@db",     "lacks its database" },
        { "store.url",                                  "postgres://s@db:0/x", "has no valid port" },
        { "store.url",                                  "postgres://s@/x",     "lacks a host" },
        { "store.url",                                  "postgres://s@d/x?sslmode=require", "has sslmode behind the question mark, where only schema may stand; for TLS there is store.tls" },
        { "store.url",                                  "postgres://s@d/x?schema=Segue-1",  "has a schema that is not 1-48 of a-z, 0-9 and _" },
        { "store.url",                                  "etcd://a:2379,:2379", "lacks a host" },
        { "store.url",                                  "etcd://a b:2379",     "has a host that is none" },
        { "store.url",                                  "etcd://a:2379?x=1",   "has something behind a question mark" },
        { "store.url",                                  "embedded",            "" },
        { "store.password",                             "secret",              "is set though the store's URL names no user" },
        { "key_file",                                   "/etc/segue/key",      "is set though the embedded store has a key of its own in data_dir" },
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
        { "hooks.conductor_gained.timeout",             "5s",                  "is set though there is no command" },
        { "hooks.held.after",                           "5s",                  "is set though there is no command" },
        { "hooks.held.command",                         "/bin/true",           "is not a list" },
        { "hooks.conductor_gain",                       "/bin/true",           "is not a key; did you mean 'conductor_gained'?" },
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
        { "clusters[0].recovery.resume.bytes",          "65GiB",               "is more than all queries may use together" },
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

    [Theory]
    [InlineData("postgres://segue@db/segue",                   "postgres://segue@db:5432/segue")]
    [InlineData("postgresql://a%40b:p%2Fw@DB:5433/x?schema=y", "postgres://a@b@db:5433/x?schema=y")]
    [InlineData("postgres://s@one,two:5433,[::1]/segue",       "postgres://s@one:5432,two:5433,[::1]:5432/segue")]
    [InlineData("etcd://a",                                    "etcd://a:2379")]
    [InlineData("etcd://a:1,b:2/deployment-1",                 "etcd://a:1,b:2/deployment-1")]
    public void A_shared_store_is_read_and_never_shown_with_its_password(string url, string shown)
    {
        var reading = ConfigReader.Read(Tree.Least.With("store", url).With("key_file", "/etc/segue/key").Root, ConfigSecrets.None);

        reading.Errors.ShouldBeEmpty();
        var store = reading.Config!.Store;
        store.Url.ToString().ShouldBe(shown);
        store.Password.ShouldBe(url.Contains("p%2Fw", StringComparison.Ordinal) ? "p/w" : null);
        string.Join('\n', reading.Settings).ShouldNotContain("p/w");
    }

    [Fact]
    public void A_shared_store_needs_the_deployments_key_from_elsewhere()
    {
        var tree = Tree.Least.With("store", "postgres://segue@db/segue");
        var key = Convert.ToBase64String(new byte[32]);

        Read(tree).Errors.ShouldHaveSingleItem().ToString().ShouldStartWith("1: key_file: is required where the store is shared (allowed: a file with 32 random bytes in base64");
        var config = ConfigReader.Read(tree.Root, ConfigSecrets.None with { Key = key, StorePassword = "from outside" }).Config!;
        (config.Store.Key, config.Store.Password).ShouldBe((key, "from outside"));
        ConfigReader.Read(tree.Root, ConfigSecrets.None with { Key = "too short" }).Errors.ShouldHaveSingleItem()
            .Message.ShouldBe("is replaced by SEGUE_KEY, which is not 32 bytes in base64");
    }

    [Theory]
    [InlineData("etcd://segue:p@10.0.0.1:2379",  false, "would cross the network in clear")]
    [InlineData("etcd://segue:p@10.0.0.1:2379",  true,  "")]
    [InlineData("etcd://segue:p@localhost:2379", false, "")]
    public void A_password_for_etcd_is_sent_over_TLS_or_to_this_machine_alone(string url, bool tls, string says)
    {
        var tree = Tree.Least.With("store.url", url).With("key_file", "/etc/segue/key");
        if (tls)
            tree = tree.With("store.tls.verify", "true");

        string.Concat(Read(tree).Errors.Select(static error => error.Message)).ShouldBe(says);
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
        ConfigReader.KnownKeys.Count(setting => ConfigReload.NeedsRestart(setting.Key)).ShouldBe(33);

    [Fact]
    public void The_documentation_lists_every_key_with_type_default_and_restart() =>
        Repository.Table("docs/configuration.md", "| key | type | default | restart | meaning |")
            .Select(row => string.Join(" | ", row[..4]))
            .ShouldBe(ConfigReader.KnownKeys.Select(setting =>
                $"{setting.Key} | {setting.Type} | {setting.Default} | {(ConfigReload.NeedsRestart(setting.Key) ? "yes" : "no")}"));

    private static ConfigReading Read(Tree tree) => Read(tree.Root);

    private static ConfigReading Read(ConfigMapping root) => ConfigReader.Read(root, ConfigSecrets.None);
}
