using System.Globalization;
using System.Text;
using Segue.Server.Store;

namespace Segue.Server.Tests.Store;

/// <summary>What every store must do; a subclass for each kind. A test begins with an empty store.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private protected ISessionStore Store { get; private set; } = null!;

    /// <summary>The same store each time; the clock is its own side's.</summary>
    private protected abstract ValueTask<ISessionStore> OpenAsync(TimeProvider time);

    public virtual async Task InitializeAsync() => Store = await OpenAsync(TimeProvider.System);

    public virtual async Task DisposeAsync()
    {
        if (Store is not null)
            await Store.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_key_that_was_never_written_is_a_success_without_a_value()
    {
        var read = await Store.ReadAsync("assignment/main", default);

        read.Succeeded.ShouldBeTrue();
        read.Value.ShouldBeNull();
    }

    [SkippableFact]
    public async Task What_was_written_is_read_with_its_version()
    {
        var version = await WriteAsync("a", "one", 0);

        var read = (await Store.ReadAsync("a", default)).Value!;

        (read.Key, Text(read), read.Version).ShouldBe(("a", "one", version));
    }

    [SkippableFact]
    public async Task An_empty_value_is_a_value()
    {
        await WriteAsync("a", "", 0);

        (await Store.ReadAsync("a", default)).Value!.Value.Length.ShouldBe(0);
    }

    [SkippableFact]
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

    [SkippableFact]
    public async Task A_write_from_a_version_of_a_key_that_is_not_there_is_a_conflict() =>
        (await Store.WriteAsync("a", Bytes("one"), 1, default)).Error.ShouldBe(StoreError.Conflict);

    [SkippableFact]
    public async Task A_delete_needs_the_version_too()
    {
        var version = await WriteAsync("a", "one", 0);

        (await Store.DeleteAsync("a", version + 1, default)).Error.ShouldBe(StoreError.Conflict);
        (await Store.DeleteAsync("a", version, default)).Succeeded.ShouldBeTrue();
        (await Store.DeleteAsync("a", version, default)).Error.ShouldBe(StoreError.Conflict);
        (await Store.ReadAsync("a", default)).Value.ShouldBeNull();
    }

    [SkippableFact]
    public async Task A_key_that_is_made_again_never_repeats_a_version()
    {
        var before = await WriteAsync("a", "one", 0);
        await Store.DeleteAsync("a", before, default);

        var after = await WriteAsync("a", "one", 0);

        after.ShouldBeGreaterThan(before);
    }

    [SkippableFact]
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

    [SkippableFact]
    public async Task Of_many_writes_from_one_version_exactly_one_wins()
    {
        var version = await WriteAsync("a", "zero", 0);

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Store.WriteAsync("a", Bytes($"{i}"), version, default).AsTask()));

        var winner = Enumerable.Range(0, 50).Single(i => results[i].Succeeded);
        results.Count(result => result.Error == StoreError.Conflict).ShouldBe(49);
        Text((await Store.ReadAsync("a", default)).Value!).ShouldBe($"{winner}");
    }

    [SkippableFact]
    public async Task Of_many_tasks_that_count_up_none_loses_another_s_count()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var counted = 0; counted < 10;)
            {
                var read = (await Store.ReadAsync("count", default)).Value;
                var next = read is null ? 1 : int.Parse(Text(read), CultureInfo.InvariantCulture) + 1;
                if ((await Store.WriteAsync("count", Bytes($"{next}"), read?.Version ?? 0, default)).Succeeded)
                    counted++;
            }
        }));

        Text((await Store.ReadAsync("count", default)).Value!).ShouldBe("80");
    }

    [SkippableFact]
    public async Task Big_binary_values_come_back_as_they_were_also_many_at_once()
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 16).Select(_ => new byte[400_000]).ToArray();
        foreach (var (value, index) in values.Select((value, index) => (value, index)))
        {
            random.NextBytes(value);
            (await Store.WriteAsync($"big/{index:D2}", value, 0, default)).Succeeded.ShouldBeTrue();
        }

        var listed = await Store.ListAsync("big/", default);

        listed.Succeeded.ShouldBeTrue(listed.Detail);
        listed.Value.Length.ShouldBe(16);
        for (var i = 0; i < 16; i++)
            listed.Value[i].Value.Span.SequenceEqual(values[i]).ShouldBeTrue();
    }

    [SkippableFact]
    public async Task A_list_of_very_many_keys_is_whole()
    {
        for (var round = 0; round < 12; round++)
            await Task.WhenAll(Enumerable.Range(round * 100, 100).Select(i => WriteAsync($"many/{i:D5}", $"{i}", 0)));

        var listed = await Store.ListAsync("many/", default);

        listed.Value.Select(Text).ShouldBe(Enumerable.Range(0, 1200).Select(i => $"{i}"));
    }

    [SkippableFact]
    public async Task What_is_canceled_throws_and_is_not_done_where_it_had_not_begun()
    {
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.WriteAsync("a", Bytes("one"), 0, new CancellationToken(true)));

        (await Store.ReadAsync("a", default)).Value.ShouldBeNull();
    }

    [SkippableFact]
    public async Task What_was_acknowledged_is_there_when_the_store_is_opened_again()
    {
        var version = await WriteAsync("a", "one", 0);
        await Store.DisposeAsync();

        Store = await OpenAsync(TimeProvider.System);

        (await Store.ReadAsync("a", default)).Value!.Version.ShouldBe(version);
        (await WriteAsync("b", "two", 0)).ShouldBeGreaterThan(version);
    }

    [SkippableFact]
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

    private protected async Task<long> WriteAsync(string key, string value, long expected)
    {
        var written = await Store.WriteAsync(key, Bytes(value), expected, default);
        written.Succeeded.ShouldBeTrue(written.Detail);
        return written.Value;
    }
}
