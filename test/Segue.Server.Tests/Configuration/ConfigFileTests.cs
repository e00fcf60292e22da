using System.Text;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Configuration;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Configuration;

public sealed class ConfigFileTests
{
    private const string Least = """
        clusters:
          - engine: presto
            coordinators:
              - http://coordinator-1:8321
              - http://coordinator-2:8321
        """;

    [Fact]
    public void Engine_and_coordinators_are_enough()
    {
        var load = Load(Least);

        load.Errors.ShouldBeEmpty();
        load.Config!.Clusters[0].Coordinators.Select(c => c.Name).ShouldBe(["coordinator-1:8321", "coordinator-2:8321"]);
        load.Config.Clusters[0].Name.ShouldBe("main");
        load.Config.Listen.ShouldBe(new Endpoint("http", "0.0.0.0", 8080));
    }

    [Fact]
    public void Options_and_a_file_give_the_same_configuration()
    {
        var options = ConfigFile.FromOptions("presto", ["http://coordinator-1:8321", "http://coordinator-2:8321"], [], ConfigSecrets.None);

        var reload = ConfigReload.Between(Load(Least).Settings, options.Settings);

        reload.Applied.ShouldBeEmpty();
        reload.NeedRestart.ShouldBeEmpty();
    }

    [Fact]
    public void Every_key_can_be_written_and_none_is_forgotten()
    {
        var load = Load("""
            listen: http://127.0.0.1:9080
            admin: http://127.0.0.1:9081
            data_dir: /var/lib/segue
            trusted_proxies: [10.0.0.0/8, "::1/128"]
            otlp: http://collector:4317
            limits: {statement: 1MiB, headers: 64KiB}
            log: {format: json, level: debug}
            hooks:
              conductor_gained: {command: [/bin/gained], timeout: 9s}
              conductor_lost: {command: [/bin/lost], timeout: 9s}
              coordinator_promoted: {command: [/bin/promoted], timeout: 9s}
              coordinator_lost: {command: [/bin/lost], timeout: 9s}
              held: {command: [/bin/held], timeout: 9s, after: 1m}
            clusters:
              - name: west
                engine: trino
                internal_secret: s
                allow_foreign: true
                coordinators:
                  forwarded: true
                  virtual: true
                  allow_unauthenticated: true
                  auth: {user: u, password: p}
                  tls: {verify: false}
                  urls:
                    - https://a
                    - {url: "https://[::1]:8443", forwarded: false, virtual: false}
                discovery: {mode: front, standby: isolated, allow: [10.0.0.0/8]}
                health:
                  {probe_interval: 100ms, probe_timeout: 900ms, suspect_after: 700ms,
                   unresponsive_after: 9s, unreachable_after: 2s, min_gap: 5m}
                canary: {statements: [SELECT 2], interval: 2m, timeout: 5s, warmups: 1}
                hold: {max_time: 10m, max_queries: 5, max_bytes: 64MiB, max_per_user: 4, release: 3}
                recovery: {holdback: {mode: all, bytes: 2MiB, time: 1s}, spool: {max_bytes: 3GiB, max_per_query: 1GiB, keep_free: 1GiB, max_age: 1h}, attempts: 2, effects: [pay_*], resume: {rows: 1000, bytes: 1GiB, max_bytes: 2GiB}, writes: {mode: never, max_wait: 1m, settle: 5s}}
                fence: {command: [/bin/fence], timeout: 9s}
            """);

        load.Errors.ShouldBeEmpty();
        var unset = ConfigReader.KnownKeys.Where(known => load.Settings.Where(s => s.Key == known.Key).All(s => s.Value == known.Default));
        // only one value is right for these, or they exclude others
        unset.Select(s => s.Key).ShouldBe(
            ["store.url", "store.password", "store.tls.ca", "store.tls.certificate", "store.tls.key", "store.tls.verify", "key_file", "peers.listen", "peers.advertise", "peers.ca", "members.ttl", "members.failsafe", "members.failsafe_for", "members.drain", "clusters[].discovery.mode", "tls.certificate", "tls.key", "clusters[].coordinators.auth.token", "clusters[].coordinators.tls.ca"], ignoreOrder: true);
        var cluster = load.Config!.Clusters[0];
        cluster.Engine.ShouldBe(EngineKind.Trino);
        cluster.Coordinators.ShouldBe(
        [
            new CoordinatorConfig { Url = new Endpoint("https", "a", 443), Forwarded = true, Virtual = true },
            new CoordinatorConfig { Url = new Endpoint("https", "[::1]", 8443) },
        ]);
        cluster.Recovery.HoldbackBytes.ShouldBe(2 << 20);
        cluster.Recovery.ResumeRows.ShouldBe(1000);
        cluster.Recovery.ResumeBytes.ShouldBe(1L << 30);
        cluster.Health.UnresponsiveAfter.ShouldBe(TimeSpan.FromSeconds(9));
        cluster.Health.UnreachableAfter.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Theory]
    // what it proves            the file                                     line  what it says
    [InlineData("syntax",        "listen: [",                                 2, "this is not valid YAML")]
    [InlineData("empty",         "# nothing",                                 1, "the file is empty")]
    [InlineData("second",        "a: 1\n---\nb: 2",                           2, "a second document begins here")]
    [InlineData("anchor",        "listen: &a http://0.0.0.0:1",               1, "anchors (&a) are not supported")]
    [InlineData("alias",         "listen: &a x\nadmin: *a",                   2, "aliases (*a) are not supported")]
    [InlineData("tag",           "listen: !!str x",                           1, "tags (")]
    [InlineData("complex key",   "? [a, b]\n: c",                             1, "a key is not a single word")]
    [InlineData("not a mapping", "- a",                                       1, "the file is not a mapping")]
    public void What_is_wrong_with_the_file_itself_is_said(string what, string yaml, int line, string says)
    {
        var load = Load(yaml);

        load.Config.ShouldBeNull(what);
        load.Errors.ShouldContain(e => e.Line == line && e.Message.StartsWith(says), $"{what}: {string.Join("; ", load.Errors)}");
    }

    [Fact]
    public void Nesting_without_end_is_an_error_and_no_crash() =>
        Load(new string('[', 100_000)).Errors.ShouldHaveSingleItem().Message.ShouldContain("nested too deeply");

    [Fact]
    public void A_file_that_is_not_text_is_an_error() =>
        ConfigFile.Parse([0xff, 0xfe, 0x00], ConfigSecrets.None).Errors.ShouldHaveSingleItem().Message.ShouldBe("the file is not UTF-8 text");

    [Fact]
    public void A_missing_file_is_unreadable() =>
        ConfigFile.Load("/nowhere/segue.yaml", ConfigSecrets.None).Unreadable.ShouldNotBeNull();

    [Fact]
    public void A_certificate_that_cannot_be_read_is_an_error_on_its_line()
    {
        var load = Load("listen: https://0.0.0.0:8443\ntls:\n  certificate: /nowhere/cert.pem\n  key: /nowhere/key.pem\n" + Least);

        var error = load.Errors.ShouldHaveSingleItem();
        error.ToString().ShouldStartWith("3: tls.certificate: cannot be used: ");
        error.Value.ShouldBe("/nowhere/cert.pem");
    }

    [Theory]
    [InlineData("c2hvcnQ=",                                      UnixFileMode.UserRead,                           "does not hold 32 bytes in base64")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", UnixFileMode.UserRead | UnixFileMode.GroupRead, "chmod 600")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", UnixFileMode.UserRead,                           "")]
    public void A_shared_stores_key_file_holds_a_key_and_is_its_owner_s(string content, UnixFileMode mode, string says)
    {
        var folder = new TemporaryDirectory();
        var file = folder.File("key");
        File.WriteAllText(file, content + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, mode);

        var load = Load($"store: etcd://a\nkey_file: {file}\n" + Least);

        folder.Delete();
        if (says.Length == 0)
            load.Errors.ShouldBeEmpty();
        else
            load.Errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(error => error.Line.ShouldBe(2), error => error.Message.ShouldContain(says));
    }

    [Theory]
    // more of the file                                                      the coordinators' part                              key                                      says
    [InlineData("",                                                          "forwarded: true",                                  "listen",                                "is http, and")]
    [InlineData("trusted_proxies: [10.0.0.1/32]",                            "forwarded: true",                                  "",                                      "")]
    [InlineData("",                                                          "forwarded: true, allow_unauthenticated: true",     "",                                      "")]
    [InlineData("",                                                          "auth: {password: p}",                              "clusters[0].coordinators.auth.password", "is set though")]
    [InlineData("",                                                          "auth: {token: t}",                                 "clusters[0].coordinators.auth.token",   "is set though")]
    [InlineData("trusted_proxies: [10.0.0.1/32]",                            "auth: {password: p}, forwarded: true",             "",                                      "")]
    [InlineData("",                                                          "tls: {verify: false}",                             "clusters[0].coordinators.tls",          "is set though")]
    public void What_would_have_no_effect_or_no_way_in_is_an_error(string more, string coordinators, string key, string says)
    {
        var load = Load($"{more}\nclusters: [{{engine: presto, coordinators: {{urls: [http://coordinator-1:8321], {coordinators}}}}}]");

        if (key.Length == 0)
        {
            load.Errors.ShouldBeEmpty();
            return;
        }
        var error = load.Errors.ShouldHaveSingleItem();
        error.Key.ShouldBe(key);
        error.Message.ShouldStartWith(says);
    }

    private static ConfigLoad Load(string yaml) => ConfigFile.Parse(Encoding.UTF8.GetBytes(yaml), ConfigSecrets.None);
}
