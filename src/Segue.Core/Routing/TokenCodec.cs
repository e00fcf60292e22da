using System.Buffers.Binary;
using System.Text;

namespace Segue.Core.Routing;

/// <summary>A token's bytes: a version, the numbers, then the strings, each behind its length.</summary>
internal static class TokenCodec
{
    private const byte Version = 2;
    private const int Numbers = 1 + 1 + 4 + (5 * 8) + 16;
    private const int LengthSize = 2;
    private const ushort NoString = ushort.MaxValue;

    /// <summary>An upper bound of what <see cref="Write"/> takes.</summary>
    public static int MaxSize(in QueryToken token) => Numbers + (5 * LengthSize) + Encoding.UTF8.GetMaxByteCount(
        token.Handle.Length + token.Owner.Length + token.Coordinator.Length + (token.Incarnation?.Length ?? 0) + token.UpstreamPath.Length);

    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">A string is longer than 65,534 bytes.</exception>
    public static int Write(in QueryToken token, Span<byte> into)
    {
        into[0] = Version;
        into[1] = (byte)token.Traits;
        BinaryPrimitives.WriteInt32LittleEndian(into[2..], token.Attempt);
        BinaryPrimitives.WriteInt64LittleEndian(into[6..], token.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(into[14..], token.Rows);
        BinaryPrimitives.WriteUInt128LittleEndian(into[22..], token.RowsHash);
        BinaryPrimitives.WriteUInt64LittleEndian(into[38..], token.RowsKey);
        BinaryPrimitives.WriteUInt64LittleEndian(into[46..], token.ColumnsHash);
        BinaryPrimitives.WriteInt64LittleEndian(into[54..], token.Skip);
        var at = Numbers;
        at += WriteString(token.Handle, into[at..]);
        at += WriteString(token.Owner, into[at..]);
        at += WriteString(token.Coordinator, into[at..]);
        at += WriteString(token.Incarnation, into[at..]);
        at += WriteString(token.UpstreamPath, into[at..]);
        return at;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out QueryToken token)
    {
        token = default;
        if (bytes.Length < Numbers || bytes[0] != Version)
            return false;
        var rest = bytes[Numbers..];
        if (!TryReadString(ref rest, out var handle) || handle is null
            || !TryReadString(ref rest, out var owner) || owner is null
            || !TryReadString(ref rest, out var coordinator) || coordinator is null
            || !TryReadString(ref rest, out var incarnation)
            || !TryReadString(ref rest, out var path) || path is null
            || !rest.IsEmpty)
            return false;
        token = new QueryToken
        {
            Handle = handle,
            Owner = owner,
            Coordinator = coordinator,
            Incarnation = incarnation,
            UpstreamPath = path,
            Traits = (TokenTraits)bytes[1],
            Attempt = BinaryPrimitives.ReadInt32LittleEndian(bytes[2..]),
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[6..]),
            Rows = BinaryPrimitives.ReadInt64LittleEndian(bytes[14..]),
            RowsHash = BinaryPrimitives.ReadUInt128LittleEndian(bytes[22..]),
            RowsKey = BinaryPrimitives.ReadUInt64LittleEndian(bytes[38..]),
            ColumnsHash = BinaryPrimitives.ReadUInt64LittleEndian(bytes[46..]),
            Skip = BinaryPrimitives.ReadInt64LittleEndian(bytes[54..]),
        };
        return true;
    }

    private static int WriteString(string? value, Span<byte> into)
    {
        if (value is null)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(into, NoString);
            return LengthSize;
        }
        var length = Encoding.UTF8.GetBytes(value, into[LengthSize..]);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(length, NoString, nameof(value));
        BinaryPrimitives.WriteUInt16LittleEndian(into, (ushort)length);
        return LengthSize + length;
    }

    private static bool TryReadString(ref ReadOnlySpan<byte> bytes, out string? value)
    {
        value = null;
        if (!BinaryPrimitives.TryReadUInt16LittleEndian(bytes, out var length))
            return false;
        bytes = bytes[LengthSize..];
        if (length == NoString)
            return true;
        if (bytes.Length < length)
            return false;
        value = Encoding.UTF8.GetString(bytes[..length]);
        bytes = bytes[length..];
        return true;
    }
}
