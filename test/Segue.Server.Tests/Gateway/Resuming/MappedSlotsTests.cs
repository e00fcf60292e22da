using System.Runtime.CompilerServices;
using Segue.Core.Configuration;
using Segue.Core.Recovery.Resuming;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Resuming;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Gateway.Resuming;

public sealed class MappedSlotsTests : IDisposable
{
    private const int Rows = 100_000;

    private static readonly RecoveryConfig Roomy = new() { Spool = new SpoolConfig { KeepFree = 0 } };

    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Delete();

    [Fact]
    public void Rows_are_found_in_a_file_as_in_memory_and_nothing_is_left_of_it()
    {
        using (var slots = new MappedSlots(new RowSpool(_files.Path), (int)RowMultiset.SlotsFor(Rows), Roomy))
        {
            Directory.GetFiles(_files.Path).ShouldBeEmpty();
            var rows = new RowMultiset(slots.Memory);
            var all = Enumerable.Range(1, Rows / 2).Select(number => (UInt128)(ulong)number * UInt128.MaxValue / Rows).ToArray();
            rows.Add(all);
            rows.Add(all);
            rows.Count.ShouldBe(Rows);
            foreach (var row in all.Concat(all))
                rows.TryTake(row).ShouldBeTrue();
            rows.TryTake(all[0]).ShouldBeFalse();
            rows.Count.ShouldBe(0);
        }
        Directory.GetFiles(_files.Path).ShouldBeEmpty();
    }

    [Fact]
    public void All_tables_together_take_no_more_of_the_disk_than_they_may()
    {
        var spool = new RowSpool(_files.Path);
        var room = Roomy with { ResumeMaxBytes = 2_000 * Unsafe.SizeOf<RowSlot>() };
        using (new MappedSlots(spool, 1_500, room))
            Should.Throw<IOException>(() => new MappedSlots(spool, 1_500, room)).Message.ShouldContain("recovery.resume.max_bytes");
        spool.Resuming.Used.ShouldBe(0);
        ((IDisposable)new MappedSlots(spool, 1_500, room)).Dispose();
    }
}
