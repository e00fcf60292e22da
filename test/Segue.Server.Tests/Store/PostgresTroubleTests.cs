using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Server.Store;
using Segue.Server.Store.Postgres;
using Segue.Server.Tests.Store.Servers;

namespace Segue.Server.Tests.Store;

[UnsupportedOSPlatform("windows")]
public sealed class PostgresTroubleTests(PostgresStoreTests.Fixture fixture) : TroubleContract, IClassFixture<PostgresStoreTests.Fixture>
{
    private readonly string _schema = $"trouble_{fixture.Next()}";

    private protected override int Port => Server.Port;

    private Postgres Server => fixture.Server!;

    public override Task InitializeAsync()
    {
        Skip.If(Postgres.Programs is null, "no PostgreSQL in /usr/lib/postgresql: apt-get install postgresql");
        return Task.CompletedTask;
    }

    private protected override async ValueTask<ISessionStore> OpenAsync(ILogger logger, params int[] ports) =>
        await PostgresStore.OpenAsync(PostgresStoreTests.Config(_schema, ports), logger, TimeProvider.System, default, Patience);

    private protected override Task BeginServerAsync() => Server.BeginAsync();

    private protected override Task StopServerAsync() => Server.StopAsync();

    private protected override Task FreezeServerAsync() => Server.FreezeAsync();

    private protected override Task ThawServerAsync() => Server.ThawAsync();

    private protected override async Task ForgetAsync(ISessionStore store, long version)
    {
        await Server.RunAsync($"UPDATE {_schema}.entry SET removed = removed - interval '2 hours'");
        var more = await WriteAsync(store, "more", "", 0);
        (await store.DeleteAsync("more", more, default)).Succeeded.ShouldBeTrue();
        (await Server.RunAsync($"SELECT count(*) FROM {_schema}.entry WHERE removed IS NOT NULL")).Trim().ShouldBe("1");
    }

    [SkippableFact]
    public async Task Of_several_servers_the_one_that_takes_writes_is_used()
    {
        await using var standby = await Postgres.StartAsync("");
        await standby.StopAsync();
        await standby.BeginAsync("default_transaction_read_only=on");
        await using var store = await OpenAsync(NullLogger.Instance, standby.Port, Port);

        await WriteAsync(store, "a", "one", 0);
        await ServesMembersAsync(store);
        (await Server.RunAsync($"SELECT count(*) FROM {_schema}.entry WHERE key = 'a'")).Trim().ShouldBe("1");
    }

    [SkippableFact]
    public async Task Members_that_start_together_make_the_schema_once()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => OpenAsync(Port, NullLogger.Instance).AsTask()));

        await WriteAsync(stores[0], "a", "one", 0);
        (await stores[5].ReadAsync("a", default)).Value.ShouldNotBeNull();
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_schema_of_another_version_is_named()
    {
        await (await OpenAsync(Port, NullLogger.Instance)).DisposeAsync();
        await Server.RunAsync($"UPDATE {_schema}.revision SET layout = 2");

        (await Should.ThrowAsync<StoreStartException>(async () => await OpenAsync(Port, NullLogger.Instance)))
            .Message.ShouldStartWith($"The schema {_schema} of the store has layout 2, this Segue knows 1.");
    }

    [SkippableFact]
    public async Task A_user_with_a_password_and_no_more_rights_than_the_docs_say_is_served_over_TLS()
    {
        await Server.RunAsync("CREATE ROLE segue LOGIN PASSWORD 'secret'");
        await Server.RunAsync("CREATE DATABASE segue");
        await Server.RunAsync("GRANT CREATE ON DATABASE segue TO segue");
        using var authority = new TestAuthority("store");
        using var certificate = authority.Issue("127.0.0.1");
        using var key = certificate.GetECDsaPrivateKey()!;
        var rights = Path.Combine(Server.Data, "pg_hba.conf");
        await File.WriteAllTextAsync(Path.Combine(Server.Data, "server.crt"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(Server.Data, "server.key"), key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(Path.Combine(Server.Data, "server.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (Environment.UserName == "root")
            await ServerProcess.RunAsync(new("chown", ["postgres", Path.Combine(Server.Data, "server.crt"), Path.Combine(Server.Data, "server.key")]));
        await File.WriteAllTextAsync(rights, "hostssl all segue 127.0.0.1/32 scram-sha-256\nhost all postgres 127.0.0.1/32 trust\n");
        await Server.StopAsync();
        await Server.BeginAsync("ssl=on");
        var bundle = new TemporaryDirectory();
        await File.WriteAllTextAsync(bundle.File("ca.pem"), authority.Certificate.ExportCertificatePem());
        var config = new StoreConfig
        {
            Url = new StoreUrl { Kind = StoreKind.Postgres, Hosts = [new StoreHost("127.0.0.1", Port)], User = "segue", Name = "segue" },
            Password = "secret",
            Tls = new StoreTlsConfig { AuthorityFile = bundle.File("ca.pem") },
        };

        // the second time without the right to create
        await using (var store = await PostgresStore.OpenAsync(config, NullLogger.Instance, TimeProvider.System, default))
        {
            await WriteAsync(store, "a", "one", 0);
            await ServesMembersAsync(store);
        }
        await Server.RunAsync("REVOKE CREATE ON DATABASE segue FROM segue");
        await using (var store = await PostgresStore.OpenAsync(config, NullLogger.Instance, TimeProvider.System, default))
            (await store.ReadAsync("a", default)).Value.ShouldNotBeNull();

        await RefusedAsync(config with { Password = "wrong" }, "password authentication failed");
        await RefusedAsync(config with { Tls = null }, "no encryption");
        await RefusedAsync(config with { Tls = new StoreTlsConfig() }, "ertificate");
        await RefusedAsync(config with { Url = config.Url with { Schema = "other" } }, "permission denied for database segue");
        bundle.Delete();

        static async Task RefusedAsync(StoreConfig config, string says) =>
            (await Should.ThrowAsync<StoreStartException>(async () => await PostgresStore.OpenAsync(config, NullLogger.Instance, TimeProvider.System, default)))
                .Message.ShouldContain(says);
    }
}
