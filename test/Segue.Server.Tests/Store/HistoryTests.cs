using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Model;
using Segue.Server.Store;

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

    private ValueTask<History> OpenAsync() => History.OpenAsync(_store, NullLogger.Instance, default);

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
