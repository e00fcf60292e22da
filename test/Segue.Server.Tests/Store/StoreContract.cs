using System.Text;
using Segue.Server.Store;

namespace Segue.Server.Tests.Store;

/// <summary>What every store must do; a subclass for each kind. A test begins with an empty store.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private protected IStore Store { get; private set; } = null!;

    /// <summary>The same store each time.</summary>
    private protected abstract ValueTask<IStore> OpenAsync();

    public virtual async Task InitializeAsync() => Store = await OpenAsync();

    public virtual async Task DisposeAsync() => await Store.DisposeAsync();

    [Fact]
    public async Task A_key_that_was_never_written_is_a_success_without_a_value()
    {
        var read = await Store.ReadAsync("assignment/main", default);

        read.Succeeded.ShouldBeTrue();
        read.Value.ShouldBeNull();
    }

    [Fact]
    public async Task What_was_written_is_read_with_its_version()
    {
        var version = await WriteAsync("a", "one", 0);

        var read = (await Store.ReadAsync("a", default)).Value!;

        (read.Key, Text(read), read.Version).ShouldBe(("a", "one", version));
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        await WriteAsync("a", "", 0);

        (await Store.ReadAsync("a", default)).Value!.Value.Length.ShouldBe(0);
    }

    [Fact]
    public async Task A_write_from_another_version_is_a_conflict_that_names_the_key_and_changes_nothing()
    {
        var first = await WriteAsync("a", "one", 0);
        var second = await WriteAsync("a", "two", first);

        foreach (var stale in new[] { 0, first, second + 1 })
        {
            var conflict = await Store.WriteAsync("a", Bytes("three"), stale, default);
            conflict.Error.ShouldBe(StoreError.Conflict);
            conflict.Detail!.ShouldContain("a has version");
        }
        Text((await Store.ReadAsync("a", default)).Value!).ShouldBe("two");
    }

    [Fact]
    public async Task A_write_from_a_version_of_a_key_that_is_not_there_is_a_conflict() =>
        (await Store.WriteAsync("a", Bytes("one"), 1, default)).Error.ShouldBe(StoreError.Conflict);

    [Fact]
    public async Task A_delete_needs_the_version_too()
    {
        var version = await WriteAsync("a", "one", 0);

        (await Store.DeleteAsync("a", version + 1, default)).Error.ShouldBe(StoreError.Conflict);
        (await Store.DeleteAsync("a", version, default)).Succeeded.ShouldBeTrue();
        (await Store.DeleteAsync("a", version, default)).Error.ShouldBe(StoreError.Conflict);
        (await Store.ReadAsync("a", default)).Value.ShouldBeNull();
    }

    [Fact]
    public async Task A_key_that_is_made_again_never_repeats_a_version()
    {
        var before = await WriteAsync("a", "one", 0);
        await Store.DeleteAsync("a", before, default);

        var after = await WriteAsync("a", "one", 0);

        after.ShouldBeGreaterThan(before);
    }

    [Fact]
    public async Task A_list_has_the_keys_of_the_prefix_alone_in_ordinal_order()
    {
        foreach (var key in new[] { "n/b", "n/B", "n/a", "n", "n/", "n0", "N/a", "n/ü", "m/a", "n/%", "n_/a" })
            await WriteAsync(key, key, 0);

        var listed = await Store.ListAsync("n/", default);

        listed.Value.Select(entry => entry.Key).ShouldBe(["n/", "n/%", "n/B", "n/a", "n/b", "n/ü"]);
        listed.Value.ShouldAllBe(entry => Text(entry) == entry.Key);
        (await Store.ListAsync("x", default)).Value.ShouldBeEmpty();
        (await Store.ListAsync("", default)).Value.Length.ShouldBe(11);
    }

    [Fact]
    public async Task Of_many_writes_from_one_version_exactly_one_wins()
    {
        var version = await WriteAsync("a", "zero", 0);

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Store.WriteAsync("a", Bytes($"{i}"), version, default).AsTask()));

        var winner = Enumerable.Range(0, 50).Single(i => results[i].Succeeded);
        results.Count(result => result.Error == StoreError.Conflict).ShouldBe(49);
        Text((await Store.ReadAsync("a", default)).Value!).ShouldBe($"{winner}");
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_when_the_store_is_opened_again()
    {
        var version = await WriteAsync("a", "one", 0);
        await Store.DisposeAsync();

        Store = await OpenAsync();

        (await Store.ReadAsync("a", default)).Value!.Version.ShouldBe(version);
        (await WriteAsync("b", "two", 0)).ShouldBeGreaterThan(version);
    }

    [Fact]
    public async Task A_closed_store_is_unavailable_and_throws_nothing()
    {
        await Store.DisposeAsync();

        (await Store.ReadAsync("a", default)).Error.ShouldBe(StoreError.Unavailable);
        (await Store.WriteAsync("a", Bytes("one"), 0, default)).Error.ShouldBe(StoreError.Unavailable);
        (await Store.ListAsync("a", default)).Error.ShouldBe(StoreError.Unavailable);
        (await Store.DeleteAsync("a", 1, default)).Error.ShouldBe(StoreError.Unavailable);
    }

    private protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private protected static string Text(VersionedValue value) => Encoding.UTF8.GetString(value.Value.Span);

    private async Task<long> WriteAsync(string key, string value, long expected)
    {
        var written = await Store.WriteAsync(key, Bytes(value), expected, default);
        written.Succeeded.ShouldBeTrue(written.Detail);
        return written.Value;
    }
}
