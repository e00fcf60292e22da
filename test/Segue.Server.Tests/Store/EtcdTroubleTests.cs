using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Server.Store;
using Segue.Server.Store.Etcd;
using Segue.Server.Tests.Gateway;
using Segue.Server.Tests.Store.Servers;

namespace Segue.Server.Tests.Store;

public sealed class EtcdTroubleTests(EtcdStoreTests.Fixture fixture) : TroubleContract, IClassFixture<EtcdStoreTests.Fixture>
{
    private readonly string _prefix = $"trouble-{fixture.Next()}";

    private protected override int Port => Server.Port;

    private Etcd Server => fixture.Server!;

    public override Task InitializeAsync()
    {
        Skip.If(!Etcd.IsInstalled, "no /usr/bin/etcd: apt-get install etcd-server");
        return Task.CompletedTask;
    }

    private protected override async ValueTask<ISessionStore> OpenAsync(ILogger logger, params int[] ports) => await OpenAsync(EtcdStoreTests.Config(_prefix, ports), logger);

    private protected override Task BeginServerAsync() => Server.BeginAsync();

    private protected override Task StopServerAsync() => Server.StopAsync();

    private protected override Task FreezeServerAsync() => Server.FreezeAsync();

    private protected override Task ThawServerAsync() => Server.ThawAsync();

    private protected override Task ForgetAsync(ISessionStore store, long version) => Server.AskAsync("/v3/kv/compaction", $$"""{"revision":"{{version}}"}""");

    [SkippableFact]
    public async Task A_user_with_a_password_is_served_and_asks_for_a_new_token_when_the_old_one_is_not_known()
    {
        await using var server = await Etcd.StartAsync();
        foreach (var (path, ask) in new[]
        {
            ("user/add", """{"name":"root","password":"r"}"""), ("user/add", """{"name":"segue","password":"secret"}"""),
            ("role/add", """{"name":"segue"}"""), ("role/add", """{"name":"root"}"""),
            // "segue/" to "segue0": what the docs say
            ("role/grant", """{"name":"segue","perm":{"permType":"READWRITE","key":"c2VndWUv","range_end":"c2VndWUw"}}"""),
            ("user/grant", """{"user":"segue","role":"segue"}"""), ("user/grant", """{"user":"root","role":"root"}"""), ("auth/enable", "{}"),
        })
        {
            await server.AskAsync(path.StartsWith("auth", StringComparison.Ordinal) ? $"/v3/{path}" : $"/v3/auth/{path}", ask);
        }
        var config = EtcdStoreTests.Config("segue", server.Port);
        config = config with { Url = config.Url with { User = "segue" }, Password = "secret" };
        await using var store = await OpenAsync(config, NullLogger.Instance);
        var one = await WriteAsync(store, "a", "one", 0);
        var session = (await store.OpenSessionAsync(TimeSpan.FromMinutes(1), default)).Value;
        (await store.WriteAsync("bound", Bytes("x"), 0, session, default)).Succeeded.ShouldBeTrue();
        await using var watch = new Watching(store, "");
        await watch.BeganAsync();

        await server.StopAsync();
        await server.BeginAsync();

        await Until.TrueAsync(async () => (await store.ReadAsync("a", default)).Succeeded);
        var two = await WriteAsync(store, "a", "two", one);
        await watch.SawAsync(("a", "two", two));
        (await store.EndAsync(session, default)).Succeeded.ShouldBeTrue();
        (await Should.ThrowAsync<StoreStartException>(async () => await OpenAsync(config with { Password = "wrong" }, NullLogger.Instance)))
            .Message.ShouldContain("invalid user ID or password");
        (await Should.ThrowAsync<StoreStartException>(async () => await OpenAsync(config with { Url = config.Url with { Name = "other" } }, NullLogger.Instance)))
            .Message.ShouldContain("permission denied");
    }

    [SkippableFact]
    public async Task Certificates_of_both_sides_are_checked()
    {
        var files = new TemporaryDirectory();
        using var authority = new TestAuthority("store");
        using var certificate = authority.Issue("127.0.0.1");
        using var key = certificate.GetECDsaPrivateKey()!;
        await File.WriteAllTextAsync(files.File("ca.pem"), authority.Certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(files.File("cert.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(files.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
        await Server.StopAsync();
        await Server.BeginAsync((files.File("cert.pem"), files.File("key.pem"), files.File("ca.pem")));
        var plain = EtcdStoreTests.Config(_prefix, Port);
        var tls = new StoreTlsConfig { AuthorityFile = files.File("ca.pem"), Certificate = new CertificateFiles(files.File("cert.pem"), files.File("key.pem")) };

        await using (var store = await OpenAsync(plain with { Tls = tls }, NullLogger.Instance))
        {
            await WriteAsync(store, "a", "one", 0);
            await ServesMembersAsync(store);
        }
        await using (var store = await OpenAsync(plain with { Tls = tls with { AuthorityFile = null, Verify = false } }, NullLogger.Instance))
            (await store.ReadAsync("a", default)).Value.ShouldNotBeNull();
        foreach (var wrong in new[] { null, tls with { AuthorityFile = null }, tls with { Certificate = null } })
            await Should.ThrowAsync<StoreStartException>(async () => await OpenAsync(plain with { Tls = wrong }, NullLogger.Instance));

        await Server.StopAsync();
        await Server.BeginAsync();
        files.Delete();
    }

    private static async ValueTask<EtcdStore> OpenAsync(StoreConfig config, ILogger logger) =>
        await EtcdStore.OpenAsync(config, logger, TimeProvider.System, default, Patience);
}
