using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Recovery.Journal;
using Segue.Core.Routing;
using Segue.Server.Recovery;
using Segue.Server.Store;
using Segue.Server.Telemetry;
using Segue.Server.Tests.Discovery;
using Segue.Server.Tests.Gateway;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Recovery;

/// <summary>Running statements reach the store behind the requests, and leave it with their end.</summary>
public sealed class JournalTests : IDisposable
{
    private const string Secret = "SELECT 'geheim'";

    private readonly KeptInMemory _store = new();
    private readonly SegueMetrics _metrics = new();
    private readonly Lines _log = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly EndedQueries _ended;

    public JournalTests() => _ended = EndedQueries.Open(_directory.File("ended"), TimeProvider.System, NullLogger.Instance);

    public void Dispose()
    {
        _ended.Dispose();
        _directory.Delete();
        _metrics.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task An_entry_is_there_while_its_query_runs_and_gone_after_it()
    {
        await using var journal = Open("one");
        journal.Note("q1", 10, () => Entry("one", runs: 1));
        await Until.TrueAsync(() => _store.CountOf("journal/main/q1") == 1);
        journal.Note("q1", 10, () => Entry("one", runs: 2));
        await Until.TrueAsync(async () => (await Open("other").FindAsync("q1")).Entry?.Runs == 2);
        journal.End("q1");
        await Until.TrueAsync(() => _store.Count == 0);
    }

    [Fact]
    public async Task What_ends_before_it_was_written_is_never_written()
    {
        await using var journal = Open("one");
        for (var i = 0; i < 100; i++)
        {
            journal.Note("short", 10, () => throw new InvalidOperationException("it was asked for"));
            journal.End("short");
        }
        journal.Note("long", 10, () => Entry("one"));
        await Until.TrueAsync(() => _store.Count == 1);
        (await _store.ReadAsync("journal/main/long", default)).Value!.Version.ShouldBe(1, "the first write of all");
    }

    [Fact]
    public async Task What_ends_while_it_is_written_is_removed()
    {
        var silence = new TaskCompletionSource();
        await using var journal = Open("one");
        _store.Silence = silence.Task;
        var asked = new TaskCompletionSource();
        journal.Note("q1", 10, () =>
        {
            asked.SetResult();
            return Entry("one");
        });
        await asked.Task;
        journal.End("q1");
        silence.SetResult();
        await Until.TrueAsync(async () => (await _store.ReadAsync("journal/main/q1", default)).Value is null && _log.Said.Length == 0);
        _store.Silence = Task.CompletedTask;
        journal.Note("q2", 10, () => Entry("one"));
        await Until.TrueAsync(() => _store.CountOf("journal/main/q2") == 1);
        _store.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_of_a_statement_is_to_be_read_in_the_stores_files()
    {
        var temporary = new TemporaryDirectory();
        using (var directory = DataDirectory.Open(temporary.Path))
        {
            await using var store = EmbeddedStore.Open(directory, NullLogger.Instance, TimeProvider.System);
            await using var journal = Open("one", store);
            journal.Note("q1", 10, () => Entry("one"));
            await Until.TrueAsync(async () => (await store.ReadAsync("journal/main/q1", default)).Value is not null);
            foreach (var file in Directory.GetFiles(temporary.Path, "segue.db*"))
            {
                await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var content = new StreamReader(stream, Encoding.Latin1);
                var text = await content.ReadToEndAsync();
                foreach (var secret in (string[])["geheim", "alice", "slug"])
                    text.ShouldNotContain(secret, Case.Insensitive, file);
            }
            (await journal.FindAsync("q1")).Entry!.Body.ToArray().ShouldBe(Encoding.UTF8.GetBytes(Secret));
        }
        temporary.Delete();
    }

    [Fact]
    public async Task A_store_that_is_down_is_said_once_and_caught_up_with_when_it_works_again()
    {
        await using var journal = Open("one");
        _store.IsDown = true;
        for (var i = 0; i < 20; i++)
            journal.Note($"q{i}", 10, () => Entry("one"));
        await Until.TrueAsync(() => _log.Said.Length > 0);
        journal.End("q0");
        journal.End("q19");
        _store.IsDown = false;
        await Until.TrueAsync(() => _store.Count == 18);
        await Until.TrueAsync(() => _log.Said.Length == 2);
        _log.Said[0].ShouldContain("the disk is full");
        _log.Said[1].ShouldContain("again");
        _store.CountOf("journal/main/q0").ShouldBe(0);
    }

    [Fact]
    public async Task What_waits_for_a_silent_store_is_bounded_and_ends_with_its_queries()
    {
        var silence = new TaskCompletionSource();
        await using var journal = Open("one");
        _store.Silence = silence.Task;
        for (var i = 0; i < 10; i++)
            journal.Note($"q{i}", JournalBacklog.MaxBytes / 8, () => Entry("one"));
        _log.Said.Single().ShouldContain("wait for the store");
        for (var i = 0; i < 10; i++)
            journal.End($"q{i}");
        journal.Note("late", JournalBacklog.MaxBytes / 8, () => Entry("one"));
        silence.SetResult();
        await Until.TrueAsync(() => _store.CountOf("journal/main/late") == 1);
        await Until.TrueAsync(() => _store.Count == 1);
    }

    [Fact]
    public async Task What_nobody_came_for_is_removed_when_clients_have_had_their_time_and_until_then_its_writes_are_spared()
    {
        await using (var before = Open("one"))
        {
            before.Note("came", 10, () => Entry("one", "w1"));
            before.Note("vanished", 10, () => Entry("one", "w2"));
        }
        _store.Count.ShouldBe(2, "what waited is written at the end");
        await using var journal = Open("other", clientsStay: TimeSpan.FromSeconds(2));
        await Until.TrueAsync(() => journal.LeftOn("c:1").Order().SequenceEqual(["w1", "w2"]));
        journal.LeftOn("c:2").ShouldBeEmpty();
        (await journal.FindAsync("came")).Entry!.Run.QueryId.ShouldBe("w1");
        journal.LeftOn("c:1").ShouldBe(["w2"]);
        await Until.TrueAsync(() => _store.CountOf("journal/main/vanished") == 0);
        _store.CountOf("journal/main/came").ShouldBe(1);
        journal.End("came");
        await Until.TrueAsync(() => _store.Count == 0);
    }

    [Fact]
    public async Task Entries_of_members_that_live_stay_and_those_of_one_that_dies_go_when_its_clients_have_had_their_time()
    {
        var temporary = new TemporaryDirectory();
        using (var directory = DataDirectory.Open(temporary.Path))
        {
            await using var store = EmbeddedStore.Open(directory, NullLogger.Instance, TimeProvider.System);
            await using var a = Open("a", store, TimeSpan.FromSeconds(2), new JournalMembers(store, static _ => true));
            var lives = true;
            await using var b = Open("b", store, TimeSpan.FromSeconds(2), new JournalMembers(store, _ => Volatile.Read(ref lives)));
            a.Note("q1", 10, () => Entry("a", "w1"));
            a.Note("q2", 10, () => Entry("a", "w2"));
            b.Note("q3", 10, () => Entry("b", "w3"));
            await Until.TrueAsync(() => b.LeftOn("c:1").Order().SequenceEqual(["w1", "w2"]));
            await Until.TrueAsync(() => a.LeftOn("c:1").SequenceEqual(["w3"]));
            a.End("q1");
            await Until.TrueAsync(() => b.LeftOn("c:1").SequenceEqual(["w2"]));

            Volatile.Write(ref lives, false);
            await Until.TrueAsync(async () => (await store.ReadAsync("journal/main/q2", default)).Value is null);
            (await store.ReadAsync("journal/main/q3", default)).Value.ShouldNotBeNull("it is its own");
            b.LeftOn("c:1").ShouldBeEmpty();
        }
        temporary.Delete();
    }

    [Fact]
    public async Task What_another_member_has_taken_over_is_not_written_over_by_who_had_it()
    {
        await using var a = Open("a");
        a.Note("q1", 10, () => Entry("a", runs: 1));
        await Until.TrueAsync(() => _store.Count == 1);
        await using var b = Open("b");
        (await b.FindAsync("q1")).Entry!.Owner.ShouldBe("a");
        b.Note("q1", 10, () => Entry("b", runs: 2));
        await Until.TrueAsync(async () => (await Open("reader").FindAsync("q1")).Entry?.Owner == "b");
        a.Note("q1", 10, () => Entry("a", runs: 3));
        a.Note("q4", 10, () => Entry("a"));
        await Until.TrueAsync(() => _store.Count == 2);
        a.End("q1");
        (await Open("reader").FindAsync("q1")).Entry!.Owner.ShouldBe("b");
    }

    [Fact]
    public async Task An_entry_that_was_sealed_with_another_key_is_none_and_is_removed_with_what_is_left()
    {
        await _store.WriteAsync("journal/main/q1", "nonsense"u8.ToArray(), 0, default);
        await using var journal = Open("one", clientsStay: TimeSpan.Zero);
        await Until.TrueAsync(() => _store.Count == 0);
        _log.Said.Single().ShouldContain("1 stored statements cannot be read");
    }

    private Journal Open(string owner, IStore? store = null, TimeSpan? clientsStay = null, JournalMembers? members = null)
    {
        var journal = new Journal("main", owner, store ?? _store, new JournalSeal(new KeyRing(TokenKey.Of(new byte[32])), "deployment", "main"), _ended, _metrics, TimeProvider.System, _log);
        journal.Start(clientsStay ?? TimeSpan.FromMinutes(5), members);
        return journal;
    }

    private static JournalEntry Entry(string owner, string queryId = "a", int runs = 1) => new()
    {
        Owner = owner,
        Method = "POST",
        Target = "/v1/statement",
        Body = Encoding.UTF8.GetBytes(Secret),
        Headers = [new JournaledHeader("X-Presto-User", ["alice"])],
        CredentialsHash = new byte[32],
        Created = TimeProvider.System.GetUtcNow(),
        MayHaveEffects = true,
        Run = new JournaledRun("c:1", "abcde", queryId, "/v1/statement/queued/a/1?slug=s", 1),
        Runs = runs,
    };
}
