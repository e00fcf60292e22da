namespace Segue.Core.Recovery.Resuming;

/// <summary>Rows as a multiset: how many, and the sum of their hashes modulo 2^128 (R3.5). Two of the same rows have the same tally in any order.</summary>
public readonly record struct RowTally(long Rows, UInt128 Sum)
{
    public static RowTally operator +(RowTally left, RowTally right) => new(left.Rows + right.Rows, unchecked(left.Sum + right.Sum));

    public RowTally With(UInt128 row) => new(Rows + 1, unchecked(Sum + row));

    /// <summary>The sum of some rows' hashes.</summary>
    public static UInt128 SumOf(ReadOnlySpan<UInt128> rows)
    {
        UInt128 sum = 0;
        foreach (var row in rows)
            sum = unchecked(sum + row);
        return sum;
    }
}
