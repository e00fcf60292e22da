using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Segue.Core.Protocol;

/// <summary>Which of 64 bytes are JSON's structure, one bit each, the first byte's the lowest.</summary>
internal readonly ref struct BlockMasks
{
    public const int Size = 64;

    public readonly ulong Quotes;
    public readonly ulong Backslashes;

    /// <summary>Opening brackets and braces.</summary>
    public readonly ulong Opens;

    /// <summary>Closing brackets and braces.</summary>
    public readonly ulong Closes;

    /// <param name="block"><see cref="Size"/> bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BlockMasks(ReadOnlySpan<byte> block)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            for (var at = 0; at < Size; at += Vector256<byte>.Count)
            {
                var bytes = Vector256.Create(block.Slice(at, Vector256<byte>.Count));
                // [ and { differ in this bit alone, and so do ] and }
                var folded = bytes | Vector256.Create((byte)0x20);
                Quotes |= (ulong)Vector256.Equals(bytes, Vector256.Create((byte)'"')).ExtractMostSignificantBits() << at;
                Backslashes |= (ulong)Vector256.Equals(bytes, Vector256.Create((byte)'\\')).ExtractMostSignificantBits() << at;
                Opens |= (ulong)Vector256.Equals(folded, Vector256.Create((byte)'{')).ExtractMostSignificantBits() << at;
                Closes |= (ulong)Vector256.Equals(folded, Vector256.Create((byte)'}')).ExtractMostSignificantBits() << at;
            }
        }
        else
        {
            for (var at = 0; at < Size; at += Vector128<byte>.Count)
            {
                var bytes = Vector128.Create(block.Slice(at, Vector128<byte>.Count));
                var folded = bytes | Vector128.Create((byte)0x20);
                Quotes |= (ulong)Vector128.Equals(bytes, Vector128.Create((byte)'"')).ExtractMostSignificantBits() << at;
                Backslashes |= (ulong)Vector128.Equals(bytes, Vector128.Create((byte)'\\')).ExtractMostSignificantBits() << at;
                Opens |= (ulong)Vector128.Equals(folded, Vector128.Create((byte)'{')).ExtractMostSignificantBits() << at;
                Closes |= (ulong)Vector128.Equals(folded, Vector128.Create((byte)'}')).ExtractMostSignificantBits() << at;
            }
        }
    }

    /// <summary>Bit i of the result is the parity of the bits up to and with i: set from an opening quote on up to its closing one.</summary>
    public static ulong Parity(ulong bits)
    {
        bits ^= bits << 1;
        bits ^= bits << 2;
        bits ^= bits << 4;
        bits ^= bits << 8;
        bits ^= bits << 16;
        return bits ^ (bits << 32);
    }

    /// <summary>The bytes that a backslash takes the meaning from.</summary>
    /// <param name="carried">A backslash in front of the block does so to its first byte.</param>
    public static ulong Escaped(ulong backslashes, bool carried)
    {
        var escaped = carried ? 1ul : 0;
        for (var left = backslashes & ~escaped; left != 0;)
        {
            var at = BitOperations.TrailingZeroCount(left);
            if (at == Size - 1)
                break;
            escaped |= 2ul << at;
            left &= ~(3ul << at);
        }
        return escaped;
    }

    /// <summary>Whether a backslash takes the meaning of the byte behind the first <paramref name="length"/> ones.</summary>
    public static bool EscapesNext(ulong backslashes, ulong escaped, int length) => ((backslashes & ~escaped) >> (length - 1) & 1) != 0;
}
