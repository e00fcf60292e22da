using System.IO.Hashing;

namespace Segue.Core.Protocol;

/// <summary>
/// Notes the rows that a page's scanner passes: a hash of each row's bytes, from bracket to bracket, and where it ends (R7). It keeps no row,
/// and allocates for a row no more than room in its lists, which stay.
/// </summary>
/// <param name="key">Of the query: hashes of two queries have nothing in common (R3.5).</param>
public sealed class RowTap(ulong key)
{
    private const int Least = 64;

    private XxHash128? _across;
    private bool _open;
    private UInt128[] _hashes = [];
    private int[] _ends = [];

    public int Count { get; private set; }

    /// <summary>Hashes of the rows since <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<UInt128> Hashes => _hashes.AsMemory(0, Count);

    /// <summary>Where each row ends, counted from the beginning of the bytes that its end was fed with; the caller may count from elsewhere.</summary>
    public Span<int> Ends => _ends.AsSpan(0, Count);

    /// <summary>Bytes that it takes in memory.</summary>
    public int Capacity => _hashes.Length * (16 + sizeof(int));

    public static UInt128 Hash(ReadOnlySpan<byte> row, ulong key) => XxHash128.HashToUInt128(row, (long)key);

    public void Clear() => Count = 0;

    /// <summary>Forgets some of the rows, which are somebody else's.</summary>
    public void Remove(int from, int count)
    {
        _hashes.AsSpan((from + count)..Count).CopyTo(_hashes.AsSpan(from));
        _ends.AsSpan((from + count)..Count).CopyTo(_ends.AsSpan(from));
        Count -= count;
    }

    /// <summary>A row goes on behind these bytes.</summary>
    internal void GoesOn(ReadOnlySpan<byte> part)
    {
        _across ??= new XxHash128((long)key);
        _across.Append(part);
        _open = true;
    }

    /// <summary>A row ends.</summary>
    /// <param name="row">Its bytes, or what is left of them.</param>
    internal void Ended(ReadOnlySpan<byte> row, int end)
    {
        if (Count == _hashes.Length)
            Grow();
        _hashes[Count] = _open ? Across(row) : Hash(row, key);
        _ends[Count] = end;
        Count++;
    }

    private UInt128 Across(ReadOnlySpan<byte> rest)
    {
        _open = false;
        _across!.Append(rest);
        var hash = _across.GetCurrentHashAsUInt128();
        _across.Reset();
        return hash;
    }

    private void Grow()
    {
        var size = Math.Max(Least, _hashes.Length * 2);
        Array.Resize(ref _hashes, size);
        Array.Resize(ref _ends, size);
    }
}
