using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Server.Store;

namespace Segue.Server.Tests.Store;

[UnsupportedOSPlatform("windows")]
public sealed class EmbeddedStoreTests : SessionContract
{
    private readonly TemporaryDirectory _temporary = new();
    private DataDirectory _directory = null!;

    public override Task InitializeAsync()
    {
        _directory = DataDirectory.Open(_temporary.Path);
        return base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
        _temporary.Delete();
    }

    private protected override ValueTask<ISessionStore> OpenAsync(TimeProvider time) => new(EmbeddedStore.Open(_directory, NullLogger.Instance, time));

    [Fact]
    public async Task A_write_that_the_disk_refuses_is_unavailable_and_the_next_one_works()
    {
        using var other = new SqliteConnection($"Data Source={_directory.StoreFile};Pooling=False");
        other.Open();
        Run(other, "PRAGMA busy_timeout = 0; BEGIN IMMEDIATE;");

        var refused = await Store.WriteAsync("a", Bytes("one"), 0, default);
        Run(other, "ROLLBACK");

        refused.Error.ShouldBe(StoreError.Unavailable);
        (await Store.WriteAsync("a", Bytes("one"), 0, default)).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_file_that_is_removed_and_a_disk_that_stays_full_are_said_once()
    {
        await Store.DisposeAsync();
        var log = new Lines();
        await using var store = EmbeddedStore.Open(_directory, log, TimeProvider.System);
        using (var other = new SqliteConnection($"Data Source={_directory.StoreFile};Pooling=False"))
        {
            other.Open();
            Run(other, "PRAGMA busy_timeout = 0; BEGIN IMMEDIATE;");
            for (var time = 0; time < 2; time++)
                (await store.WriteAsync("a", Bytes("one"), 0, default)).Succeeded.ShouldBeFalse();
            Run(other, "ROLLBACK");
        }
        var version = (await store.WriteAsync("a", Bytes("one"), 0, default)).Value;
        File.Delete(_directory.StoreFile);
        for (var time = 0; time < 2; time++)
            version = (await store.WriteAsync("a", Bytes("two"), version, default)).Value;
        await store.DisposeAsync();

        log.Said.Length.ShouldBe(3, string.Join('\n', log.Said));
        log.Said[0].ShouldStartWith($"The store {_directory.StoreFile} fails: SQLite Error 5: 'database is locked'.");
        log.Said[1].ShouldBe($"The store {_directory.StoreFile} works again");
        log.Said[2].ShouldStartWith($"The store {_directory.StoreFile} was removed: ");
    }

    [Fact]
    public async Task Another_programs_database_is_left_alone_and_named()
    {
        await Store.DisposeAsync();
        File.Delete(_directory.StoreFile);
        using (var other = new SqliteConnection($"Data Source={_directory.StoreFile};Pooling=False"))
        {
            other.Open();
            Run(other, "CREATE TABLE theirs (x)");
        }

        OpenFails().ShouldBe($"{_directory.StoreFile} is a database of another program. Move it away, or give Segue its own data_dir.");
    }

    [Fact]
    public async Task A_newer_layout_is_named()
    {
        await Store.DisposeAsync();
        using (var newer = new SqliteConnection($"Data Source={_directory.StoreFile};Pooling=False"))
        {
            newer.Open();
            Run(newer, "PRAGMA user_version = 2");
        }

        OpenFails().ShouldContain("has layout 2");
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(4096, 200)]
    public async Task A_damaged_file_is_named_with_what_to_do(int offset, int length)
    {
        await Store.WriteAsync("a", new byte[20_000], 0, default);
        await Store.DisposeAsync();
        using (var file = File.OpenWrite(_directory.StoreFile))
        {
            file.Position = offset;
            file.Write(Enumerable.Repeat((byte)0xAA, length).ToArray());
        }

        OpenFails().ShouldStartWith($"The store {_directory.StoreFile} is damaged (");
    }

    [Fact]
    public async Task A_text_file_in_its_place_is_named()
    {
        await Store.DisposeAsync();
        await File.WriteAllTextAsync(_directory.StoreFile, new string('x', 5000));

        OpenFails().ShouldStartWith($"The store {_directory.StoreFile} is damaged (");
    }

    [Fact]
    public async Task Sessions_end_with_the_process_and_their_keys_are_gone_at_the_next_start()
    {
        var session = (await Store.OpenSessionAsync(TimeSpan.FromHours(1), default)).Value;
        (await Store.WriteAsync("session/a", Bytes("a"), 0, session, default)).Succeeded.ShouldBeTrue();
        await Store.DisposeAsync();

        await using var again = EmbeddedStore.Open(_directory, NullLogger.Instance, TimeProvider.System);

        (await again.ReadAsync("session/a", default)).Value.ShouldBeNull();
        (await again.RenewAsync(session, default)).Error.ShouldBe(StoreError.Conflict);
    }

    [Fact]
    public async Task A_watch_that_is_read_too_slowly_tells_of_a_gap()
    {
        await using var watch = Store.WatchAsync("a", default).GetAsyncEnumerator();
        (await watch.MoveNextAsync()).ShouldBeTrue();
        var version = 0L;
        for (var i = 0; i < 1100; i++)
            version = await WriteAsync("a", $"{i}", version);

        for (var told = 0; told < 1024; told++)
        {
            (await watch.MoveNextAsync()).ShouldBeTrue();
            watch.Current.IsGap.ShouldBeFalse();
        }
        (await watch.MoveNextAsync()).ShouldBeTrue();
        watch.Current.IsGap.ShouldBeTrue();
    }

    [Fact]
    public void Only_the_owner_can_read_the_file() =>
        File.GetUnixFileMode(_directory.StoreFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private string OpenFails() => Should.Throw<StoreStartException>(() => EmbeddedStore.Open(_directory, NullLogger.Instance, TimeProvider.System)).Message;

    private static void Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
