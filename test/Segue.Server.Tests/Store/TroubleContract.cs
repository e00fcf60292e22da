using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Server.Store;
using Segue.Server.Tests.Gateway;
using Segue.Server.Tests.Store.Servers;

namespace Segue.Server.Tests.Store;

/// <summary>What a store over the network must do while its server is away, slow, or comes back. Each test leaves the server running.</summary>
public abstract class TroubleContract : IAsyncLifetime
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // that of the store, and some of a busy machine's
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    // the least that etcd grants as the tests run it
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private protected abstract int Port { get; }

    public abstract Task InitializeAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    private protected ValueTask<ISessionStore> OpenAsync(int port, ILogger logger) => OpenAsync(logger, port);

    /// <param name="ports">Of several hosts, in their order.</param>
    private protected abstract ValueTask<ISessionStore> OpenAsync(ILogger logger, params int[] ports);

    private protected abstract Task BeginServerAsync();

    private protected abstract Task StopServerAsync();

    private protected abstract Task FreezeServerAsync();

    private protected abstract Task ThawServerAsync();

    /// <summary>Makes the server forget everything but what is.</summary>
    private protected abstract Task ForgetAsync(ISessionStore store, long version);

    [SkippableFact]
    public async Task A_server_that_is_restarted_has_what_was_acknowledged_and_watches_go_on()
    {
        var log = new Lines();
        await using var store = await OpenAsync(Port, log);
        await using var watch = new Watching(store, "w/");
        await watch.BeganAsync();
        var session = (await store.OpenSessionAsync(Long, default)).Value;
        var one = await WriteAsync(store, "w/a", "one", 0);
        await watch.SawAsync(("w/a", "one", one));

        await StopServerAsync();
        (await AskedAsync(store.WriteAsync("w/a", Bytes("lost"), one, default))).Error.ShouldBe(StoreError.Unavailable);
        (await AskedAsync(store.ReadAsync("w/a", default))).Error.ShouldBe(StoreError.Unavailable);
        (await AskedAsync(store.ListAsync("w/", default))).Error.ShouldBe(StoreError.Unavailable);
        (await AskedAsync(store.RenewAsync(session, default))).Error.ShouldBe(StoreError.Unavailable);
        (await AskedAsync(store.OpenSessionAsync(Long, default))).Error.ShouldBe(StoreError.Unavailable);
        await BeginServerAsync();

        await Until.TrueAsync(async () => (await store.ReadAsync("w/a", default)) is { Succeeded: true, Value: { } read } && read.Version == one);
        await Until.TrueAsync(async () => (await store.RenewAsync(session, default)).Succeeded);
        var two = await WriteAsync(store, "w/a", "two", one);
        await watch.SawAsync(("w/a", "two", two));
        log.Said.Length.ShouldBe(2, string.Join('\n', log.Said));
        log.Said[0].ShouldContain(" fails: ");
        log.Said[1].ShouldContain(" works again");
    }

    [SkippableFact]
    public async Task A_server_that_stands_still_delays_nobody_for_long_and_what_became_of_a_write_can_be_read()
    {
        await using var store = await OpenAsync(Port, NullLogger.Instance);
        await using var watch = new Watching(store, "f/");
        await watch.BeganAsync();
        var one = await WriteAsync(store, "f/a", "one", 0);
        await watch.SawAsync(("f/a", "one", one));

        await FreezeServerAsync();
        var asked = Enumerable.Range(0, 6).Select(_ => AskedAsync(store.ReadAsync("f/a", default))).ToArray();
        (await AskedAsync(store.WriteAsync("f/a", Bytes("two"), one, default))).Error.ShouldBe(StoreError.Unavailable);
        (await Task.WhenAll(asked)).ShouldAllBe(static read => read.Error == StoreError.Unavailable);
        await ThawServerAsync();

        var now = one;
        await Until.TrueAsync(async () =>
        {
            var read = await store.ReadAsync("f/a", default);
            if (!read.Succeeded)
                return false;
            // done or not done, and perhaps only now: the version says which, and a write that was decided from the wrong one is refused
            now = read.Value!.Version;
            Encoding.UTF8.GetString(read.Value.Value.Span).ShouldBe(now == one ? "one" : "two");
            return (await store.WriteAsync("f/a", Bytes("three"), now, default)).Succeeded;
        });
        StoreChange last;
        do
            last = await watch.NextAsync();
        while (last.Value is not { } value || Encoding.UTF8.GetString(value.Span) != "three");
    }

    [SkippableFact]
    public async Task Where_nobody_listens_or_nobody_answers_the_start_says_so()
    {
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        var deaf = ((IPEndPoint)silent.LocalEndPoint!).Port;
        var closed = ServerProcess.FreePort();

        (await Should.ThrowAsync<StoreStartException>(async () => await OpenAsync(closed, NullLogger.Instance)))
            .Message.ShouldSatisfyAllConditions(said => said.ShouldContain($"127.0.0.1:{closed}"), said => said.ShouldContain(" cannot be used: "));
        (await Should.ThrowAsync<StoreStartException>(async () => await OpenAsync(deaf, NullLogger.Instance)))
            .Message.ShouldContain($"127.0.0.1:{deaf}");
    }

    [SkippableFact]
    public async Task Answers_that_come_late_are_waited_for_and_those_that_come_too_late_are_not()
    {
        await using var pipe = new Pipe(Port);
        await using var store = await OpenAsync(pipe.Port, NullLogger.Instance);
        var one = await WriteAsync(store, "slow", "one", 0);

        pipe.Delay = Patience / 5;
        (await store.ReadAsync("slow", default)).Succeeded.ShouldBeTrue();
        (await store.WriteAsync("slow", Bytes("two"), one, default)).Succeeded.ShouldBeTrue();
        pipe.Delay = Patience * 2;
        (await AskedAsync(store.ReadAsync("slow", default))).Error.ShouldBe(StoreError.Unavailable);
        pipe.Delay = TimeSpan.Zero;

        await Until.TrueAsync(async () => (await store.ReadAsync("slow", default)).Succeeded);
    }

    [SkippableFact]
    public async Task A_watch_whose_connection_breaks_goes_on_behind_what_it_told()
    {
        await using var pipe = new Pipe(Port);
        await using var store = await OpenAsync(pipe.Port, NullLogger.Instance);
        await using var other = await OpenAsync(Port, NullLogger.Instance);
        await using var watch = new Watching(store, "b/");
        await watch.BeganAsync();
        var first = await WriteAsync(other, "b/a", "one", 0);
        await watch.SawAsync(("b/a", "one", first));

        for (var round = 0; round < 3; round++)
        {
            pipe.Cut();
            var a = await WriteAsync(other, $"b/{round}", "while it was cut", 0);
            (await other.DeleteAsync($"b/{round}", a, default)).Succeeded.ShouldBeTrue();
            var b = await WriteAsync(other, $"b/{round}/b", "b", 0);
            pipe.Mend();
            // the value that was removed again may be left out
            var next = await watch.NextAsync();
            if (next.Value is not null)
                next = await watch.NextAsync();
            (next.Key, next.Value).ShouldBe(($"b/{round}", null));
            await watch.SawAsync(($"b/{round}/b", "b", b));
        }
    }

    [SkippableFact]
    public async Task A_watch_that_was_away_too_long_tells_of_a_gap_and_goes_on()
    {
        await using var pipe = new Pipe(Port);
        await using var store = await OpenAsync(pipe.Port, NullLogger.Instance);
        await using var other = await OpenAsync(Port, NullLogger.Instance);
        await using var watch = new Watching(store, "c/");
        await watch.BeganAsync();

        pipe.Cut();
        var gone = await WriteAsync(other, "c/gone", "", 0);
        (await other.DeleteAsync("c/gone", gone, default)).Succeeded.ShouldBeTrue();
        await ForgetAsync(other, await WriteAsync(other, "c/a", "one", 0));
        pipe.Mend();

        (await watch.NextAsync()).IsGap.ShouldBeTrue();
        // the first one may find that its connection was cut, too
        await Until.TrueAsync(async () => await store.ListAsync("c/", default) is { Succeeded: true } list && list.Value.Any(static entry => entry.Key == "c/a"));
        var two = await WriteAsync(other, "c/b", "two", 0);
        StoreChange next;
        do
            next = await watch.NextAsync();
        while (next.Version < two);
        next.Key.ShouldBe("c/b");
    }

    [SkippableFact]
    public async Task A_network_that_swallows_everything_delays_nobody_for_long_and_watches_go_on_when_it_heals()
    {
        await using var pipe = new Pipe(Port);
        await using var store = await OpenAsync(pipe.Port, NullLogger.Instance);
        await using var other = await OpenAsync(Port, NullLogger.Instance);
        await using var watch = new Watching(store, "n/");
        await watch.BeganAsync();
        var session = (await store.OpenSessionAsync(Long, default)).Value;

        // where nobody asks anything meanwhile, too
        foreach (var asks in (bool[])[false, true])
        {
            pipe.Silence();
            var one = await WriteAsync(other, $"n/{asks}", "one", 0);
            if (asks)
            {
                var reads = Enumerable.Range(0, 6).Select(_ => AskedAsync(store.ReadAsync("n/a", default))).ToArray();
                (await AskedAsync(store.WriteAsync("own", Bytes("one"), 0, default))).Error.ShouldBe(StoreError.Unavailable);
                (await AskedAsync(store.RenewAsync(session, default))).Error.ShouldBe(StoreError.Unavailable);
                (await AskedAsync(store.OpenSessionAsync(Long, default))).Error.ShouldBe(StoreError.Unavailable);
                (await AskedAsync(store.ListAsync("n/", default))).Error.ShouldBe(StoreError.Unavailable);
                (await Task.WhenAll(reads)).ShouldAllBe(static read => read.Error == StoreError.Unavailable);
            }
            pipe.Mend();
            await watch.SawAsync(($"n/{asks}", "one", one));
            await Until.TrueAsync(async () => (await store.RenewAsync(session, default)).Succeeded);
        }
    }

    [SkippableFact]
    public async Task A_session_whose_time_passes_while_the_server_stands_still_is_over_when_it_goes_on()
    {
        await using var store = await OpenAsync(Port, NullLogger.Instance);
        await using var watch = new Watching(store, "p/");
        var (kept, left) = await BoundAsync(store, watch);

        await FreezeServerAsync();
        await PassAsync(Short * 2);
        await ThawServerAsync();

        // whoever comes first: its holder may be the one
        (await AnsweredAsync(() => store.RenewAsync(left, default))).Error.ShouldBe(StoreError.Conflict);
        await IsOverAsync(store, watch, kept, left);
    }

    [SkippableFact]
    public async Task A_session_whose_time_passes_while_the_server_is_away_comes_to_its_end_behind_that()
    {
        await using var store = await OpenAsync(Port, NullLogger.Instance);
        await using var watch = new Watching(store, "p/");
        var (kept, left) = await BoundAsync(store, watch);

        await StopServerAsync();
        await PassAsync(Short * 2);
        await BeginServerAsync();

        // a server may count all of it anew from its start on
        await Until.TrueAsync(async () => await store.ReadAsync("p/left", default) is { Succeeded: true, Value: null });
        await IsOverAsync(store, watch, kept, left);
    }

    [SkippableFact]
    public async Task Another_host_is_used_when_one_is_away()
    {
        await using var pipe = new Pipe(Port);
        await using var store = await OpenAsync(NullLogger.Instance, ServerProcess.FreePort(), pipe.Port, Port);
        await using var watch = new Watching(store, "w/");
        await watch.BeganAsync();

        pipe.Cut();

        // a write that may have been sent is not sent again
        await Until.TrueAsync(async () => (await store.ReadAsync("w/a", default)).Succeeded);
        var one = await WriteAsync(store, "w/a", "one", 0);
        await watch.SawAsync(("w/a", "one", one));
    }

    /// <summary>A session, a key of it and a watch do what they are for.</summary>
    private protected static async Task ServesMembersAsync(ISessionStore store)
    {
        await using var watch = new Watching(store, "m/");
        await watch.BeganAsync();
        var session = (await store.OpenSessionAsync(Long, default)).Value;
        var bound = (await store.WriteAsync("m/a", Bytes("bound"), 0, session, default)).Value;
        await watch.SawAsync(("m/a", "bound", bound));
        (await store.RenewAsync(session, default)).Succeeded.ShouldBeTrue();
        (await store.EndAsync(session, default)).Succeeded.ShouldBeTrue();
        (await watch.NextAsync()).ShouldSatisfyAllConditions(gone => gone.Key.ShouldBe("m/a"), gone => gone.Value.ShouldBeNull());
    }

    private protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private protected static async Task<long> WriteAsync(ISessionStore store, string key, string value, long expected)
    {
        var written = await store.WriteAsync(key, Bytes(value), expected, default);
        written.Succeeded.ShouldBeTrue(written.Detail);
        return written.Value;
    }

    /// <summary>A session that lives long and one that does not, with a key of each that the watch has told of.</summary>
    private static async Task<(StoreSession Kept, StoreSession Left)> BoundAsync(ISessionStore store, Watching watch)
    {
        await watch.BeganAsync();
        var kept = (await store.OpenSessionAsync(Long, default)).Value;
        var left = (await store.OpenSessionAsync(Short, default)).Value;
        foreach (var (key, session) in new[] { ("p/kept", kept), ("p/left", left) })
        {
            var bound = await store.WriteAsync(key, Bytes("bound"), 0, session, default);
            bound.Succeeded.ShouldBeTrue(bound.Detail);
            await watch.SawAsync((key, "bound", bound.Value));
        }
        return (kept, left);
    }

    private static async Task IsOverAsync(ISessionStore store, Watching watch, StoreSession kept, StoreSession left)
    {
        (await AnsweredAsync(() => store.RenewAsync(left, default))).Error.ShouldBe(StoreError.Conflict);
        (await AnsweredAsync(() => store.WriteAsync("p/again", Bytes("bound"), 0, left, default))).Error.ShouldBe(StoreError.Conflict);
        (await AnsweredAsync(() => store.RenewAsync(kept, default))).Succeeded.ShouldBeTrue();
        (await watch.NextAsync()).ShouldSatisfyAllConditions(gone => gone.Key.ShouldBe("p/left"), gone => gone.Value.ShouldBeNull());
        (await AnsweredAsync(() => store.ListAsync("p/", default))).Value.Select(static entry => entry.Key).ShouldBe(["p/kept"]);
    }

    /// <summary>What it says as soon as it says anything.</summary>
    private static async Task<StoreResult<T>> AnsweredAsync<T>(Func<ValueTask<StoreResult<T>>> ask)
    {
        StoreResult<T> answer = default;
        await Until.TrueAsync(async () => (answer = await ask()).Error != StoreError.Unavailable);
        return answer;
    }

    private static Task PassAsync(TimeSpan time)
    {
        var began = TimeProvider.System.GetTimestamp();
        return Until.TrueAsync(() => TimeProvider.System.GetElapsedTime(began) > time);
    }

    private static async Task<StoreResult<T>> AskedAsync<T>(ValueTask<StoreResult<T>> asked) => await asked.AsTask().WaitAsync(Soon, TimeProvider.System);
}
