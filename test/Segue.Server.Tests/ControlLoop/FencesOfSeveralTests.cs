using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;
using Segue.Server.ControlLoop;
using Segue.Server.Members;
using Segue.Server.Store;
using Segue.Server.Tests.Gateway;
using Segue.Server.Tests.Store;
using Endpoint = Segue.Core.Configuration.Endpoint;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>The fence command among several members (R8.2): the conductor runs it, by a fresh look at its lease, and all know what it came to.</summary>
public sealed class FencesOfSeveralTests : IAsyncLifetime
{
    private static readonly Incarnation Old = new("aaaaa");

    private readonly TemporaryDirectory _folder = new();
    private readonly DataDirectory _directory;
    private readonly List<PeerListener> _listeners = [];
    private readonly List<ClusterRuntime> _members = [];
    private FakeCoordinator _first = null!;
    private FakeCoordinator _second = null!;
    private OnFence _store = null!;

    public FencesOfSeveralTests() => _directory = DataDirectory.Open(_folder.File("store"));

    private string Asked => _folder.File("asked");

    public async Task InitializeAsync()
    {
        _first = await new FakeCoordinator("aaaaa") { NodeId = "node-1" }.StartAsync();
        _second = await new FakeCoordinator("bbbbb") { NodeId = "node-2" }.StartAsync();
        _store = OnFence.Over(EmbeddedStore.Open(_directory, NullLogger.Instance, TimeProvider.System));
        foreach (var name in (string[])["one", "two"])
            _members.Add(await StartAsync(name));
        foreach (var member in _members)
            await Until.TrueAsync(() => member.Current.OpenTo == _first.Config.Name && member.Current.Coordinators[_first.Config.Name].Incarnation == Old && member.Members!.Members.Length == 2);
    }

    public async Task DisposeAsync()
    {
        foreach (var member in _members)
            await member.DisposeAsync();
        foreach (var listener in _listeners)
            await listener.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _store.DisposeAsync();
        _directory.Dispose();
        _folder.Delete();
    }

    [Fact]
    public async Task What_one_member_ran_proves_the_end_to_all()
    {
        _first.Silent = true;
        foreach (var member in _members)
            await Until.TrueAsync(() => member.Current.Coordinators[_first.Config.Name].ProofOf(Old).Gone == Gone.Proven);
        (await File.ReadAllLinesAsync(Asked)).ShouldHaveSingleItem().ShouldStartWith($"{_first.Config.Name} aaaaa ");
    }

    [Fact]
    public async Task A_conductor_whose_lease_is_another_s_by_then_runs_nothing()
    {
        _store.Meanwhile = async () =>
        {
            var lease = (await _store.ReadAsync("conductor/main", CancellationToken.None)).Value!;
            (await _store.WriteAsync(lease.Key, Encoding.UTF8.GetBytes("somebody else"), lease.Version, CancellationToken.None)).Succeeded.ShouldBeTrue();
        };
        _first.Silent = true;
        await Until.TrueAsync(async () => (await _store.ReadAsync($"fence/main/{_first.Config.Name}", CancellationToken.None)).Value is { } record
            && Encoding.UTF8.GetString(record.Value.Span).Contains("Failed", StringComparison.Ordinal));
        File.Exists(Asked).ShouldBeFalse();
    }

    [Fact]
    public async Task An_end_that_the_store_does_not_take_is_written_when_it_does()
    {
        _store.RefusedEnds = 3;
        _first.Silent = true;
        foreach (var member in _members)
            await Until.TrueAsync(() => member.Current.Coordinators[_first.Config.Name].ProofOf(Old).Gone == Gone.Proven);
        _store.RefusedEnds.ShouldBe(0);
    }

    [Fact]
    public async Task A_member_whom_no_watch_tells_anything_follows_all_the_same()
    {
        _store.TellsNothing = true;
        _members.Add(await StartAsync("three"));
        foreach (var member in _members)
            await Until.TrueAsync(() => member.Current.OpenTo == _first.Config.Name && member.Members!.Members.Length == 3);
        await _first.CrashAsync();
        foreach (var member in _members)
            await Until.TrueAsync(() => member.Current.OpenTo == _second.Config.Name);
    }

    private async Task<ClusterRuntime> StartAsync(string name)
    {
        var (me, times, time) = (new MemberIdentity($"{name}.1", name), new MemberTimes { Ttl = TimeSpan.FromSeconds(1.5) }, TimeProvider.System);
        var seal = new PeerSeal(new KeyRing(TokenKey.Of(new byte[32])), "test");
        var listener = new PeerListener(me.Id, seal, NullLogger.Instance);
        _listeners.Add(listener);
        await listener.StartAsync(new Endpoint("http", "127.0.0.1", 0), null, 1 << 20, NullLoggerFactory.Instance, time, CancellationToken.None);
        var config = new ClusterConfig
        {
            Name = "main",
            Engine = EngineKind.Presto,
            Coordinators = [_first.Config, _second.Config],
            AllowUnauthenticated = true,
            Health = new HealthConfig
            {
                ProbeInterval = TimeSpan.FromMilliseconds(50),
                SuspectAfter = TimeSpan.FromSeconds(1),
                UnresponsiveAfter = TimeSpan.FromSeconds(3),
                MinGap = TimeSpan.Zero,
            },
            Fence = new CommandConfig { Command = ["/bin/sh", "-c", $"echo \"$0 $1 $2\" >> {Asked}"] },
        };
        var cluster = new ClusterRuntime(config, new Surroundings().Services with
        {
            Store = _store,
            Membership = new MembershipSetup(
                me, times, new AckFile(_folder.File($"{name}.ack"), "test", config.Name, NullLogger.Instance), null,
                new MemberRecords(me, config.Name, new Uri($"http://127.0.0.1:{listener.Port}"), null, _store, times, time, NullLogger.Instance),
                new PeerNetwork(me, config.Name, seal, PeerNetwork.Client(new PeersConfig()), times.ReportLife, time, NullLogger.Instance),
                listener, seal, static () => { }, time),
        });
        await cluster.StartAsync(CancellationToken.None);
        return cluster;
    }

    /// <summary>Something happens when it has been written that a command begins.</summary>
    private sealed class OnFence : ISessionStore
    {
        private readonly ISessionStore _store;

        private OnFence(ISessionStore store) => _store = store;

        public Func<Task>? Meanwhile { get; set; }

        /// <summary>So often the end of a command is not written.</summary>
        public int RefusedEnds { get; set; }

        /// <summary>Watches that begin from now on.</summary>
        public bool TellsNothing { get; set; }

        public static OnFence Over(ISessionStore store) => new(store);

        public ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation) => _store.ReadAsync(key, cancellation);

        public ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation) => _store.ListAsync(prefix, cancellation);

        public async ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation)
        {
            if (key.StartsWith("fence/", StringComparison.Ordinal) && expected != 0 && RefusedEnds > 0)
            {
                RefusedEnds--;
                return new StoreResult<long>(0, StoreError.Unavailable, "down");
            }
            var written = await _store.WriteAsync(key, value, expected, cancellation);
            if (key.StartsWith("fence/", StringComparison.Ordinal) && expected == 0 && Meanwhile is { } meanwhile)
                await meanwhile();
            return written;
        }

        public ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation) => _store.DeleteAsync(key, expected, cancellation);

        public ValueTask<StoreResult<StoreSession>> OpenSessionAsync(TimeSpan ttl, CancellationToken cancellation) => _store.OpenSessionAsync(ttl, cancellation);

        public ValueTask<StoreResult<bool>> RenewAsync(StoreSession session, CancellationToken cancellation) => _store.RenewAsync(session, cancellation);

        public ValueTask<StoreResult<bool>> EndAsync(StoreSession session, CancellationToken cancellation) => _store.EndAsync(session, cancellation);

        public ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, StoreSession session, CancellationToken cancellation) =>
            _store.WriteAsync(key, value, expected, session, cancellation);

        public IAsyncEnumerable<StoreChange> WatchAsync(string prefix, CancellationToken cancellation) => _store.WatchAsync(TellsNothing ? "nothing/" : prefix, cancellation);

        public ValueTask DisposeAsync() => _store.DisposeAsync();
    }
}
