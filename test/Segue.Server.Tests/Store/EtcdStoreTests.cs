using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Server.Store;
using Segue.Server.Store.Etcd;
using Segue.Server.Tests.Store.Servers;

namespace Segue.Server.Tests.Store;

public sealed class EtcdStoreTests(EtcdStoreTests.Fixture fixture) : SessionContract, IClassFixture<EtcdStoreTests.Fixture>
{
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"segue-{fixture.Next()}");

    private protected override async ValueTask<ISessionStore> OpenAsync(TimeProvider time)
    {
        Skip.If(!Etcd.IsInstalled, "no /usr/bin/etcd: apt-get install etcd-server");
        return await EtcdStore.OpenAsync(Config(_prefix, fixture.Server!.Port), NullLogger.Instance, time, default);
    }

    internal static StoreConfig Config(string prefix, params int[] ports) => new()
    {
        Url = new StoreUrl { Kind = StoreKind.Etcd, Hosts = [.. ports.Select(static port => new StoreHost("127.0.0.1", port))], Name = prefix },
    };

    public sealed class Fixture : IAsyncLifetime
    {
        private int _count;

        internal Etcd? Server { get; private set; }

        /// <summary>So that each test has a store of its own.</summary>
        public int Next() => Interlocked.Increment(ref _count);

        public async Task InitializeAsync() => Server = Etcd.IsInstalled ? await Etcd.StartAsync() : null;

        public async Task DisposeAsync()
        {
            if (Server is not null)
                await Server.DisposeAsync();
        }
    }
}
