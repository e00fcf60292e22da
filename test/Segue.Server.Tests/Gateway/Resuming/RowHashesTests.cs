using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Configuration;
using Segue.Core.Recovery.Resuming;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Resuming;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Gateway.Resuming;

public sealed class RowHashesTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();
    private readonly MemoryBudget _memory = new(1 << 20);

    public void Dispose() => _files.Delete();

    /// <summary>Each step puts rows somewhere into the list, as replayed pages do; thousands at a time, so that most are in the file.</summary>
    [Fact]
    public void The_list_is_the_rows_that_were_put_there_whatever_was_replaced()
    {
        var steps = Gen.Choose(0, 100).Zip(Gen.Choose(0, 20_000)).NonEmptyListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(40), Prop.ForAll(steps.ToArbitrary(), steps => PutAsync(steps).GetAwaiter().GetResult()));
        _memory.Used.ShouldBe(0);
        Directory.GetFiles(_files.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_room_in_memory_and_past_its_bound_it_is_lost_and_says_why()
    {
        using var small = new RowHashes(new MemoryBudget(100), new RowSpool(_files.Path), Of(rows: 10));
        await small.PutAsync(0, new UInt128[1]);
        small.Lost.ShouldBe("hold.max_bytes is used up");
        using var full = new RowHashes(_memory, new RowSpool(_files.Path), Of(rows: 10));
        await full.PutAsync(0, new UInt128[10]);
        full.Lost.ShouldBeNull();
        await full.PutAsync(10, new UInt128[1]);
        full.Lost.ShouldNotBeNull().ShouldContain("recovery.resume.rows allows (10)");
        using var gap = new RowHashes(_memory, new RowSpool(_files.Path), Of(rows: 10));
        await gap.PutAsync(1, new UInt128[1]);
        gap.Lost.ShouldNotBeNull();
        using var nowhere = new RowHashes(_memory, new RowSpool("/nowhere"), Of(rows: 1 << 20));
        await nowhere.PutAsync(0, new UInt128[100_000]);
        nowhere.Lost.ShouldNotBeNull();
    }

    [Fact]
    public async Task All_lists_together_take_no_more_of_the_disk_than_they_may()
    {
        var spool = new RowSpool(_files.Path);
        var limits = Of(rows: 1 << 30) with { ResumeMaxBytes = 1 << 20 };
        using (var first = new RowHashes(_memory, spool, limits))
        {
            await first.PutAsync(0, new UInt128[50_000]);
            using var second = new RowHashes(_memory, spool, limits);
            await second.PutAsync(0, new UInt128[10_000]);
            second.Lost.ShouldBeNull("what fits into memory takes no disk");
            await second.PutAsync(10_000, new UInt128[40_000]);
            second.Lost.ShouldNotBeNull().ShouldContain("recovery.resume.max_bytes allows (1MiB)");
            first.Lost.ShouldBeNull();
            spool.Resuming.Used.ShouldBe(50_000 * RowHashes.Width / (256 << 10) * (256 << 10), "whole blocks, the rest is in memory");
        }
        spool.Resuming.Used.ShouldBe(0);
    }

    private static RecoveryConfig Of(int rows) => new() { ResumeRows = rows, Spool = new SpoolConfig { KeepFree = 0 } };

    private async Task PutAsync(IEnumerable<(int Place, int Count)> steps)
    {
        using var hashes = new RowHashes(_memory, new RowSpool(_files.Path), Of(rows: 1 << 30));
        var expected = new List<UInt128>();
        var next = (UInt128)1;
        foreach (var (place, count) in steps)
        {
            // mostly behind, or a little before, the end
            var at = place > 30 ? expected.Count : Math.Max(0, expected.Count - place * 300);
            var rows = Enumerable.Range(0, count).Select(_ => next = next * 31 + 7).ToArray();
            expected.RemoveRange(at, expected.Count - at);
            expected.AddRange(rows);
            await hashes.PutAsync(at, rows);
        }
        hashes.Lost.ShouldBeNull();
        hashes.Tally.ShouldBe(new RowTally(expected.Count, RowTally.SumOf(expected.ToArray())));
        var found = new List<UInt128>();
        while (found.Count < expected.Count)
            found.AddRange((await hashes.ReadAsync(found.Count, 5000)).ToArray());
        found.SequenceEqual(expected).ShouldBeTrue();
    }
}
