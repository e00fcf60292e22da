using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Segue.EndToEnd.Reads;

/// <summary>
/// Rows as a sequence of groups, each a multiset: with the ORDER BY columns as the group's key two results have the same digest where they are the
/// same up to the order of ties; without columns, where they are the same multiset. Not by Segue's own hash, which is what is tested.
/// </summary>
/// <param name="keys">Positions of the ORDER BY columns; null where the sequence itself counts.</param>
internal sealed class RowDigest(IReadOnlyList<int>? keys)
{
    private readonly ArrayBufferWriter<byte> _key = new();
    private UInt128 _chain;
    private UInt128 _groupKey;
    private UInt128 _group;
    private long _groupRows;

    public long Rows { get; private set; }

    public UInt128 Value => Chained();

    public void Add(JsonElement row)
    {
        var hash = HashOf(JsonMarshal.GetRawUtf8Value(row));
        var key = keys is null ? (UInt128)Rows : KeyOf(row, keys);
        if (key != _groupKey && _groupRows > 0)
        {
            _chain = Chained();
            (_group, _groupRows) = (0, 0);
        }
        _groupKey = key;
        _group = unchecked(_group + hash);
        _groupRows++;
        Rows++;
    }

    public static UInt128 HashOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private UInt128 KeyOf(JsonElement row, IReadOnlyList<int> positions)
    {
        if (positions.Count == 0)
            return 0;
        _key.ResetWrittenCount();
        foreach (var position in positions)
        {
            _key.Write(JsonMarshal.GetRawUtf8Value(row[position]));
            _key.Write(","u8);
        }
        return HashOf(_key.WrittenSpan);
    }

    private UInt128 Chained()
    {
        Span<byte> link = stackalloc byte[48];
        BinaryPrimitives.WriteUInt128LittleEndian(link, _chain);
        BinaryPrimitives.WriteUInt128LittleEndian(link[16..], _group);
        BinaryPrimitives.WriteUInt128LittleEndian(link[32..], (UInt128)_groupRows);
        return HashOf(link);
    }
}

/// <summary>A result whose rows are the same at each run: in the same order up to ties, or as a multiset.</summary>
internal sealed class ExactLesson(IReadOnlyList<int>? keys) : ILesson, IExpectation
{
    private readonly RowDigest _quiet = new(keys);

    public void Add(JsonElement row) => _quiet.Add(row);

    public IExpectation Learned() => this;

    public IRowJudge Begin() => new Judge(_quiet, keys);

    private sealed class Judge(RowDigest quiet, IReadOnlyList<int>? keys) : IRowJudge
    {
        private readonly RowDigest _seen = new(keys);

        public void Add(JsonElement row) => _seen.Add(row);

        public string? Verdict() => _seen.Rows != quiet.Rows ? $"{_seen.Rows} rows in place of {quiet.Rows}"
            : _seen.Value != quiet.Value ? $"as many rows as it should have ({quiet.Rows}), and not the same ones or not in that order"
            : null;
    }
}
