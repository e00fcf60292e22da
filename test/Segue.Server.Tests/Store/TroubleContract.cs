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
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // that of the store, and some of a busy machine's
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private protected abstract int Port { get; }

    public abstract Task InitializeAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    private protected abstract ValueTask<ISessionStore> OpenAsync(int port, ILogger logger);

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

    private protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private protected static async Task<long> WriteAsync(ISessionStore store, string key, string value, long expected)
    {
        var written = await store.WriteAsync(key, Bytes(value), expected, default);
        written.Succeeded.ShouldBeTrue(written.Detail);
        return written.Value;
    }

    private static async Task<StoreResult<T>> AskedAsync<T>(ValueTask<StoreResult<T>> asked) => await asked.AsTask().WaitAsync(Soon, TimeProvider.System);
}
