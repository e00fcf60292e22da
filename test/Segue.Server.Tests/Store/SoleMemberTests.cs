using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Server.Store;
using Segue.Server.Tests.Discovery;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Store;

/// <summary>One store for several, which the embedded one is here: all in one process.</summary>
public sealed class SoleMemberTests : IAsyncLifetime, IDisposable
{
    private static readonly StoreUrl Url = new() { Kind = StoreKind.Etcd, Hosts = [new StoreHost("etcd", 2379)], Name = "segue" };

    private readonly TemporaryDirectory _temporary = new();
    private readonly SteppedTime _time = new();
    private readonly Lines _log = new();
    private DataDirectory _one = null!;
    private DataDirectory _two = null!;
    private EmbeddedStore _store = null!;

    public Task InitializeAsync()
    {
        _one = DataDirectory.Open(_temporary.File("one"));
        _two = DataDirectory.Open(_temporary.File("two"));
        _store = EmbeddedStore.Open(_one, NullLogger.Instance, _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _one.Dispose();
        _two.Dispose();
        _temporary.Delete();
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_second_member_is_refused_with_who_runs()
    {
        await using var first = await TakeAsync(_one, TimeProvider.System);
        var clock = new SteppedTime();

        var second = TakeAsync(_two, clock, _log).AsTask();
        await Until.TrueAsync(() => _log.Said.Length > 0);
        clock.Leap(TimeSpan.FromSeconds(20));

        var said = (await Should.ThrowAsync<StoreStartException>(() => second)).Message;
        said.ShouldStartWith($"Another Segue (process {Environment.ProcessId} on {Environment.MachineName}, since ");
        said.ShouldEndWith(" runs with the store etcd://etcd:2379. This version runs one member at a time: stop that one first.");
        first.Displaced.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task One_that_ended_in_order_frees_its_place_at_once()
    {
        await (await TakeAsync(_one, TimeProvider.System)).DisposeAsync();

        await (await TakeAsync(_two, TimeProvider.System, _log)).DisposeAsync();

        _log.Said.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_was_killed_is_waited_for_unless_it_had_the_same_data_directory()
    {
        var killed = await TakeAsync(_one, TimeProvider.System);
        await (await TakeAsync(_one, TimeProvider.System, _log)).DisposeAsync();
        _log.Said.ShouldBeEmpty();

        var again = await TakeAsync(_one, TimeProvider.System);
        var other = TakeAsync(_two, TimeProvider.System, _log).AsTask();
        await Until.TrueAsync(() => _log.Said.Length > 0);
        other.IsCompleted.ShouldBeFalse();
        _time.Leap(TimeSpan.FromSeconds(11));

        await (await other).DisposeAsync();
        await killed.DisposeAsync();
        await again.DisposeAsync();
    }

    [Fact]
    public async Task One_whose_place_was_taken_while_it_did_not_reach_the_store_is_told_to_end()
    {
        await using var first = await TakeAsync(_one, TimeProvider.System, _log);
        _time.Leap(TimeSpan.FromSeconds(11));
        await using var second = await TakeAsync(_two, TimeProvider.System);

        var why = await first.Displaced.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

        why.ShouldContain(" has taken this member's place in the store etcd://etcd:2379, ");
        _log.Said.ShouldHaveSingleItem().ShouldBe(why);
        second.Displaced.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task One_whose_session_ran_out_takes_its_place_again()
    {
        await using var member = await TakeAsync(_one, TimeProvider.System, _log);
        _time.Leap(TimeSpan.FromSeconds(11));
        await Until.TrueAsync(async () => (await _store.ReadAsync("member", default)).Value is null);

        await Until.TrueAsync(async () => (await _store.ReadAsync("member", default)).Value is not null);

        _log.Said.ShouldHaveSingleItem().ShouldContain(" is open again");
        member.Displaced.IsCompleted.ShouldBeFalse();
    }

    private ValueTask<SoleMember> TakeAsync(DataDirectory directory, TimeProvider time, ILogger? log = null) =>
        SoleMember.TakeAsync(_store, Url, directory, log ?? NullLogger.Instance, time, default);
}
