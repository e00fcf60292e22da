using Segue.Server.Store;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Store;

/// <summary>What every store must do for members: sessions, keys that go with them, and watches.</summary>
public abstract class SessionContract : StoreContract
{
    // the least that etcd grants as the tests run it
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [SkippableFact]
    public async Task A_session_that_is_not_renewed_runs_out_and_its_keys_go_with_it()
    {
        var session = await SessionAsync(Short);
        var bound = await BindAsync("session/a", session);
        var stays = await WriteAsync("b", "stays", 0);

        await Until.TrueAsync(async () => (await Store.ReadAsync("session/a", default)).Value is null);

        (await Store.ListAsync("", default)).Value.Select(static entry => entry.Key).ShouldBe(["b"]);
        (await Store.ReadAsync("b", default)).Value!.Version.ShouldBe(stays);
        (await WriteAsync("session/a", "again", 0)).ShouldBeGreaterThan(bound);
    }

    [SkippableFact]
    public async Task A_session_that_is_renewed_lives_on()
    {
        var session = await SessionAsync(Short);
        await BindAsync("session/a", session);

        var began = TimeProvider.System.GetTimestamp();
        await Until.TrueAsync(async () =>
        {
            (await Store.RenewAsync(session, default)).Succeeded.ShouldBeTrue();
            return TimeProvider.System.GetElapsedTime(began) > Short * 2;
        });

        (await Store.ReadAsync("session/a", default)).Value.ShouldNotBeNull();
    }

    [SkippableFact]
    public async Task A_session_that_is_over_never_comes_back_and_binds_no_key()
    {
        var session = await SessionAsync(Short);
        await BindAsync("session/a", session);
        await Until.TrueAsync(async () => (await Store.ListAsync("session/", default)).Value.IsEmpty);

        (await Store.RenewAsync(session, default)).Error.ShouldBe(StoreError.Conflict);
        (await Store.WriteAsync("session/a", Bytes("a"), 0, session, default)).Error.ShouldBe(StoreError.Conflict);
        (await Store.ReadAsync("session/a", default)).Value.ShouldBeNull();
        (await Store.EndAsync(session, default)).Succeeded.ShouldBeTrue();
    }

    [SkippableFact]
    public async Task A_session_that_is_ended_takes_its_keys_at_once_and_no_other_s()
    {
        var (one, other) = (await SessionAsync(Long), await SessionAsync(Long));
        await BindAsync("session/one", one);
        await BindAsync("conductor", one);
        await BindAsync("session/other", other);

        (await Store.EndAsync(one, default)).Succeeded.ShouldBeTrue();

        (await Store.ListAsync("", default)).Value.Select(static entry => entry.Key).ShouldBe(["session/other"]);
        (await Store.RenewAsync(one, default)).Error.ShouldBe(StoreError.Conflict);
        (await Store.RenewAsync(other, default)).Succeeded.ShouldBeTrue();
    }

    [SkippableFact]
    public async Task The_last_write_says_whether_a_key_goes_with_a_session()
    {
        var session = await SessionAsync(Long);
        var freed = await BindAsync("freed", session);
        await WriteAsync("freed", "stays", freed);
        await BindAsync("caught", session, await WriteAsync("caught", "stays", 0));

        await Store.EndAsync(session, default);

        (await Store.ListAsync("", default)).Value.Select(static entry => entry.Key).ShouldBe(["freed"]);
    }

    [SkippableFact]
    public async Task Of_many_members_one_gets_the_lease_and_another_when_its_session_is_over()
    {
        var sessions = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SessionAsync(Long)));
        var tries = await Task.WhenAll(sessions.Select(async session => (session, (await Store.WriteAsync("conductor", Bytes("me"), 0, session, default)).Succeeded)));
        var holder = tries.Single(static attempt => attempt.Succeeded).session;
        var next = sessions.First(session => session != holder);

        (await Store.WriteAsync("conductor", Bytes("me"), 0, next, default)).Error.ShouldBe(StoreError.Conflict);
        await Store.EndAsync(holder, default);
        (await Store.WriteAsync("conductor", Bytes("me"), 0, next, default)).Succeeded.ShouldBeTrue();
    }

    [SkippableTheory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task A_wall_clock_of_the_client_that_leaps_ends_no_session_prolongs_none_and_leaves_watches_be(int seconds)
    {
        var clock = new StandingClock();
        await Store.DisposeAsync();
        await using var store = await OpenAsync(clock);
        await using var watch = new Watching(store, "session/");
        await watch.BeganAsync();
        var lives = (await store.OpenSessionAsync(Long, default)).Value;
        var ends = (await store.OpenSessionAsync(Short, default)).Value;
        (await store.WriteAsync("session/lives", Bytes("a"), 0, lives, default)).Succeeded.ShouldBeTrue();
        (await store.WriteAsync("session/ends", Bytes("a"), 0, ends, default)).Succeeded.ShouldBeTrue();

        clock.Leap(TimeSpan.FromSeconds(seconds));

        (await store.RenewAsync(ends, default)).Succeeded.ShouldBeTrue("it is not over yet");
        (await store.WriteAsync("session/later", Bytes("a"), 0, lives, default)).Succeeded.ShouldBeTrue();
        await Until.TrueAsync(async () => (await store.ListAsync("session/", default)).Value is [{ Key: "session/later" }, { Key: "session/lives" }]);
        (await store.RenewAsync(lives, default)).Succeeded.ShouldBeTrue();
        StoreChange told;
        do
            told = await watch.NextAsync();
        while (told.Value is not null);
        told.Key.ShouldBe("session/ends");
    }

    [SkippableFact]
    public async Task A_session_is_over_and_said_to_be_where_its_holder_stood_still_for_longer_than_its_time()
    {
        var clock = new StandingClock();
        await Store.DisposeAsync();
        await using var store = await OpenAsync(clock);
        await using var watch = new Watching(store, "session/");
        await watch.BeganAsync();
        var kept = (await store.OpenSessionAsync(Long, default)).Value;
        var left = (await store.OpenSessionAsync(Short, default)).Value;
        (await store.WriteAsync("session/kept", Bytes("a"), 0, kept, default)).Succeeded.ShouldBeTrue();
        (await store.WriteAsync("session/left", Bytes("a"), 0, left, default)).Succeeded.ShouldBeTrue();

        clock.Stop();
        var began = TimeProvider.System.GetTimestamp();
        await Until.TrueAsync(() => TimeProvider.System.GetElapsedTime(began) > Short * 2);

        // the first that it does when it wakes, before any timer of its own
        (await store.RenewAsync(left, default)).ShouldSatisfyAllConditions(
            renewed => renewed.Error.ShouldBe(StoreError.Conflict), renewed => renewed.Detail!.ShouldEndWith(" is over."));
        (await store.WriteAsync("session/again", Bytes("a"), 0, left, default)).Error.ShouldBe(StoreError.Conflict);
        clock.GoOn();
        (await store.RenewAsync(left, default)).Error.ShouldBe(StoreError.Conflict);
        (await store.RenewAsync(kept, default)).Succeeded.ShouldBeTrue();
        await Until.TrueAsync(async () => (await store.ListAsync("session/", default)).Value is [{ Key: "session/kept" }]);
        StoreChange told;
        do
            told = await watch.NextAsync();
        while (told.Value is not null);
        told.Key.ShouldBe("session/left");
    }

    [SkippableFact]
    public async Task A_watch_begins_with_a_gap_and_tells_what_happens_to_its_keys_in_order()
    {
        await WriteAsync("w/before", "known from the list", 0);
        await using var watch = new Watching(Store, "w/");
        await watch.BeganAsync();

        var one = await WriteAsync("w/a", "one", 0);
        await watch.SawAsync(("w/a", "one", one));
        var two = await WriteAsync("w/a", "two", one);
        await WriteAsync("x/a", "another's", 0);
        await watch.SawAsync(("w/a", "two", two));
        (await Store.DeleteAsync("w/a", two, default)).Succeeded.ShouldBeTrue();
        (await watch.NextAsync()).ShouldSatisfyAllConditions(
            gone => gone.Key.ShouldBe("w/a"), gone => gone.Value.ShouldBeNull(), gone => gone.Version.ShouldBeGreaterThan(two));
    }

    [SkippableFact]
    public async Task A_watch_tells_of_keys_that_go_with_a_session_also_where_nobody_asks()
    {
        var session = await SessionAsync(Short);
        await BindAsync("session/a", session);
        await using var watch = new Watching(Store, "session/");
        await watch.BeganAsync();

        var gone = await watch.NextAsync();

        (gone.Key, gone.Value).ShouldBe(("session/a", null));
    }

    [SkippableFact]
    public async Task Who_lists_at_the_gap_and_follows_has_what_is_there()
    {
        await using var watch = new Watching(Store, "w/");
        await watch.BeganAsync();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async writer =>
        {
            var version = 0L;
            for (var i = 0; i < 20; i++)
                version = await WriteAsync($"w/{writer}", $"{i}", version);
            if (writer % 2 == 0)
                await Store.DeleteAsync($"w/{writer}", version, default);
        }));
        var last = await WriteAsync("w/last", "", 0);

        var (known, seen) = (new SortedDictionary<string, long>(StringComparer.Ordinal), 0L);
        while (seen < last)
        {
            var change = await watch.NextAsync();
            change.Version.ShouldBeGreaterThan(seen);
            seen = change.Version;
            if (change.Value is null)
                known.Remove(change.Key!);
            else
                known[change.Key!] = change.Version;
        }

        known.Select(static pair => (pair.Key, pair.Value)).ShouldBe((await Store.ListAsync("w/", default)).Value.Select(static entry => (entry.Key, entry.Version)));
    }

    [SkippableFact]
    public async Task Many_watches_are_told_and_leave_room_for_everything_else()
    {
        var watches = Enumerable.Range(0, 8).Select(_ => new Watching(Store, "w/")).ToArray();
        foreach (var watch in watches)
            await watch.BeganAsync();

        var version = await WriteAsync("w/a", "one", 0);

        foreach (var watch in watches)
        {
            await watch.SawAsync(("w/a", "one", version));
            await watch.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task A_watch_ends_when_it_is_canceled_and_when_the_store_is_closed()
    {
        using var cancel = new CancellationTokenSource();
        await using var canceled = new Watching(Store, "w/", cancel.Token);
        await using var closed = new Watching(Store, "w/");
        await canceled.BeganAsync();
        await closed.BeganAsync();

        var next = canceled.MoveNextAsync();
        cancel.Cancel();
        await Should.ThrowAsync<OperationCanceledException>(async () => await next);
        var end = closed.MoveNextAsync();
        await Store.DisposeAsync();
        (await end).ShouldBeFalse();
    }

    private protected async Task<StoreSession> SessionAsync(TimeSpan ttl)
    {
        var opened = await Store.OpenSessionAsync(ttl, default);
        opened.Succeeded.ShouldBeTrue(opened.Detail);
        opened.Value.Ttl.ShouldBe(ttl);
        return opened.Value;
    }

    private protected async Task<long> BindAsync(string key, StoreSession session, long expected = 0)
    {
        var written = await Store.WriteAsync(key, Bytes("bound"), expected, session, default);
        written.Succeeded.ShouldBeTrue(written.Detail);
        return written.Value;
    }

    /// <summary>Time goes on, and a process that stands still hears of it when it goes on too. What the wall clock says may be anything.</summary>
    private sealed class StandingClock : TimeProvider
    {
        private readonly Lock _lock = new();
        private TimeSpan _leapt;
        private List<Action>? _late;

        public void Stop() => _late = [];

        public void Leap(TimeSpan span) => _leapt += span;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _leapt;

        public void GoOn()
        {
            List<Action> late;
            lock (_lock)
                (late, _late) = (_late!, null);
            foreach (var come in late)
                come();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(
            passed =>
            {
                lock (_lock)
                {
                    if (_late is not null)
                    {
                        _late.Add(() => callback(passed));
                        return;
                    }
                }
                callback(passed);
            },
            state, dueTime, period);
    }
}
