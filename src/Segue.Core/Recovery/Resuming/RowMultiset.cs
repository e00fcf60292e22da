namespace Segue.Core.Recovery.Resuming;

/// <summary>One place of a <see cref="RowMultiset"/>; all zero while it is free.</summary>
public struct RowSlot
{
    internal ulong Tag;
    internal long Count;
}

/// <summary>
/// The rows that were delivered, each with how often it is still looked for, in memory that is given. One half of a hash is the place, the
/// other tells rows apart: among 64 million rows two are confused once in 10^11 comparisons of whole results.
/// </summary>
/// <param name="slots">All zero; at least <see cref="SlotsFor"/> of the rows that will be added.</param>
public sealed class RowMultiset(Memory<RowSlot> slots)
{
    /// <summary>Rows that were added and not taken.</summary>
    public long Count { get; private set; }

    public static long SlotsFor(long rows) => rows + (rows / 2) + 1;

    public void Add(ReadOnlySpan<UInt128> rows)
    {
        var all = slots.Span;
        foreach (var row in rows)
        {
            ref var slot = ref Find(all, row);
            slot.Tag = TagOf(row);
            slot.Count++;
        }
        Count += rows.Length;
    }

    /// <returns>False where it has no such row, or as many were taken before.</returns>
    public bool TryTake(UInt128 row)
    {
        ref var slot = ref Find(slots.Span, row);
        if (slot.Count == 0)
            return false;
        slot.Count--;
        Count--;
        return true;
    }

    private static ulong TagOf(UInt128 row) => Math.Max(1, (ulong)row);

    /// <summary>The row's slot, or the free one where it would be.</summary>
    private static ref RowSlot Find(Span<RowSlot> all, UInt128 row)
    {
        var tag = TagOf(row);
        var at = (int)Math.BigMul((ulong)(row >> 64), (ulong)all.Length, out _);
        while (all[at].Tag != 0 && all[at].Tag != tag)
            at = at + 1 == all.Length ? 0 : at + 1;
        return ref all[at];
    }
}
