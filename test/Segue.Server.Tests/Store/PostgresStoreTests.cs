using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Server.Store;
using Segue.Server.Store.Postgres;
using Segue.Server.Tests.Store.Servers;

namespace Segue.Server.Tests.Store;

public sealed class PostgresStoreTests(PostgresStoreTests.Fixture fixture) : SessionContract, IClassFixture<PostgresStoreTests.Fixture>
{
    private readonly string _schema = string.Create(CultureInfo.InvariantCulture, $"segue_{fixture.Next()}");

    private protected override async ValueTask<ISessionStore> OpenAsync(TimeProvider time)
    {
        Skip.If(Postgres.Programs is null, "no PostgreSQL in /usr/lib/postgresql: apt-get install postgresql");
        return await PostgresStore.OpenAsync(Config(_schema, fixture.Server!.Port), NullLogger.Instance, time, default);
    }

    internal static StoreConfig Config(string schema, params int[] ports) => new()
    {
        Url = new StoreUrl { Kind = StoreKind.Postgres, Hosts = [.. ports.Select(static port => new StoreHost("127.0.0.1", port))], User = "postgres", Name = "postgres", Schema = schema },
    };

    public sealed class Fixture : IAsyncLifetime
    {
        private int _count;

        internal Postgres? Server { get; private set; }

        /// <summary>So that each test has a store of its own.</summary>
        public int Next() => Interlocked.Increment(ref _count);

        public async Task InitializeAsync() => Server = Postgres.Programs is null ? null : await Postgres.StartAsync("");

        public async Task DisposeAsync()
        {
            if (Server is not null)
                await Server.DisposeAsync();
        }
    }
}
