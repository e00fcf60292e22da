using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Model;
using Segue.Server.Store;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Store;

public sealed class HistoryTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _temporary = new();
    private DataDirectory _directory = null!;
    private EmbeddedStore _store = null!;

    public Task InitializeAsync()
    {
        _directory = DataDirectory.Open(_temporary.Path);
        _store = EmbeddedStore.Open(_directory, NullLogger.Instance, TimeProvider.System);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
        _temporary.Delete();
    }

    [Fact]
    public async Task The_last_events_come_oldest_first_and_outlive_a_restart()
    {
        await using (var history = await OpenAsync())
        {
            for (var i = 1; i <= 5; i++)
                history.Append(Event(i));
            history.Recent(3).ShouldBe([Event(3), Event(4), Event(5)]);
        }

        await using var again = await OpenAsync();
        again.Append(Event(6));

        again.Recent(100).ShouldBe([Event(1), Event(2), Event(3), Event(4), Event(5), Event(6)]);
        again.Recent(0).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_the_last_ten_thousand_are_kept()
    {
        for (var round = 0; round < 4; round++)
        {
            // in rounds, because more than 4,096 that wait are not written
            await using var history = await OpenAsync();
            for (var i = 0; i < 2_600; i++)
                history.Append(Event((round * 2_600) + i));
        }

        await using var again = await OpenAsync();
        again.Recent(int.MaxValue).Count.ShouldBe(10_000);
        again.Recent(1).ShouldBe([Event(10_399)]);
        (await _store.ListAsync("history/", default)).Value.Length.ShouldBe(10_000);
    }

    [Fact]
    public async Task A_store_that_fails_loses_no_event_of_this_process()
    {
        var history = await OpenAsync();
        await _store.DisposeAsync();

        history.Append(Event(1));
        await history.DisposeAsync();

        history.Recent(1).ShouldBe([Event(1)]);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_at_the_start_is_an_error()
    {
        await _store.DisposeAsync();

        (await Should.ThrowAsync<StoreStartException>(async () => await OpenAsync())).Message.ShouldBe("The history cannot be read: The store is closed.");
    }

    [Fact]
    public async Task Two_members_write_at_once_and_each_tells_the_story_of_both()
    {
        await using var one = await JoinAsync("aa", "host-1");
        await using var two = await JoinAsync("bb", "host-2");
        for (var i = 1; i <= 20; i++)
            (i % 2 == 0 ? two : one).Append(Event(i));
        ClusterEvent[] all = [.. Enumerable.Range(1, 20).Select(Event)];

        await Until.TrueAsync(() => Task.FromResult(one.Recent(100).SequenceEqual(all) && two.Recent(100).SequenceEqual(all)));

        await using var later = await JoinAsync("cc", "host-3");
        later.Recent(100).ShouldBe(all);
    }

    [Fact]
    public async Task Of_several_members_the_one_that_an_event_is_about_is_named()
    {
        await using var one = await JoinAsync("aa", "host-1");
        one.Append(Event(1) with { Kind = EventKinds.RightLost });
        one.Append(Event(2));

        one.Recent(2).Select(static happened => (happened.Member, happened.Machine)).ShouldBe([("aa", "host-1"), (null, null)]);
    }

    [Fact]
    public async Task Events_of_an_earlier_version_are_before_all_others()
    {
        var old = JsonSerializer.SerializeToUtf8Bytes(Event(1), StoreJson.Default.ClusterEvent);
        (await _store.WriteAsync("history/0000000000000001", old, 0, default)).Succeeded.ShouldBeTrue();

        await using var history = await OpenAsync();
        history.Append(Event(2));

        history.Recent(10).ShouldBe([Event(1), Event(2)]);
    }

    [Fact]
    public async Task What_happens_while_the_store_is_away_is_written_when_it_is_back()
    {
        var store = new AbsentStore(_store);
        await using var history = await History.OpenAsync(store, null, new HistoryAuthor("aa", null), TimeProvider.System, NullLogger.Instance, default);
        store.IsAway = true;
        history.Append(Event(1));
        await Until.TrueAsync(() => Task.FromResult(store.Refused > 0));

        store.IsAway = false;
        history.Append(Event(2));
        await Until.TrueAsync(async () => (await _store.ListAsync("history/", default)).Value.Length == 2);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_does_not_change_the_order()
    {
        await using (var history = await OpenAsync())
        {
            history.Append(Event(2));
            history.Append(Event(1));
        }
        await using var again = await OpenAsync();
        again.Recent(2).ShouldBe([Event(2), Event(1)]);
    }

    private ValueTask<History> OpenAsync() => History.OpenAsync(_store, null, new HistoryAuthor("aa", null), TimeProvider.System, NullLogger.Instance, default);

    private ValueTask<History> JoinAsync(string member, string machine) =>
        History.OpenAsync(_store, _store, new HistoryAuthor(member, machine), TimeProvider.System, NullLogger.Instance, default);

    private static ClusterEvent Event(int number) => new()
    {
        At = DateTimeOffset.UnixEpoch.AddSeconds(number),
        Kind = EventKinds.CoordinatorLost,
        Cluster = "main",
        Coordinator = number % 2 == 0 ? "coordinator-1:8321" : null,
        Epoch = number,
        Sentence = $"Sentence {number} with \"quotes\" and ü.",
    };
}
