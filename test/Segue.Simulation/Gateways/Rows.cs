using System.Buffers.Binary;
using Segue.Core.Protocol;
using Segue.Core.Recovery.Resuming;

namespace Segue.Simulation.Gateways;

/// <summary>A row is a number; its bytes are hashed as a real row's are. ORDER BY is over its quarter, so that there are ties.</summary>
internal static class Rows
{
    public static UInt128 Hash(int row, ulong key)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, row);
        return RowTap.Hash(bytes, key);
    }

    public static int KeyOf(int row) => row / 4;

    public static RowMultiset SetOf(List<UInt128> hashes)
    {
        var rows = new RowMultiset(new RowSlot[RowMultiset.SlotsFor(hashes.Count)]);
        rows.Add(hashes.ToArray());
        return rows;
    }
}
