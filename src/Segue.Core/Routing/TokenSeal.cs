using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Segue.Core.Routing;

/// <summary>Why a token was not opened.</summary>
public enum TokenVerdict
{
    Opened,

    /// <summary>Not the text of a token at all.</summary>
    Garbage,

    /// <summary>Sealed by a key that is no longer, or not yet, in the ring.</summary>
    UnknownKey,

    /// <summary>Changed on its way, or made for another deployment or cluster.</summary>
    Forged,

    /// <summary>Sealed by a version of Segue whose tokens this one does not read.</summary>
    UnknownVersion,
}

/// <summary>
/// Seals tokens with AES-GCM, bound to one deployment and cluster (R3.6): key id, nonce, ciphertext and tag as base64url. Safe for concurrent use.
/// </summary>
public sealed class TokenSeal
{
    public const int NonceSize = SealedBox.NonceSize;

    private const int OnStack = 1024;

    private readonly KeyRing _keys;
    private readonly byte[] _scope;

    public TokenSeal(KeyRing keys, string deployment, string cluster)
    {
        _keys = keys;
        // a line feed is in neither name, so no two pairs give one scope
        _scope = Encoding.UTF8.GetBytes($"{deployment}\n{cluster}");
    }

    /// <param name="nonce"><see cref="NonceSize"/> bytes, never used before with this key: random ones do for 2^32 tokens a key.</param>
    public string Seal(in QueryToken token, ReadOnlySpan<byte> nonce)
    {
        var max = TokenCodec.MaxSize(token);
        var rented = ArrayPool<byte>.Shared.Rent((2 * max) + SealedBox.Overhead);
        try
        {
            var plain = rented.AsSpan(0, TokenCodec.Write(token, rented.AsSpan(0, max)));
            var box = rented.AsSpan(max, plain.Length + SealedBox.Overhead);
            SealedBox.Seal(_keys.Current, nonce, plain, box, _scope);
            return Base64Url.EncodeToString(box);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Never throws, whatever the text is.</summary>
    public TokenVerdict TryOpen(ReadOnlySpan<char> text, out QueryToken token)
    {
        token = default;
        var size = Base64Url.GetMaxDecodedLength(text.Length);
        var rented = size * 2 > OnStack ? ArrayPool<byte>.Shared.Rent(size * 2) : null;
        try
        {
            var space = rented ?? stackalloc byte[OnStack];
            return Open(text, space[..size], space[size..], out token);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private TokenVerdict Open(ReadOnlySpan<char> text, Span<byte> box, Span<byte> plain, out QueryToken token)
    {
        token = default;
        if (Base64Url.DecodeFromChars(text, box, out _, out var length) != OperationStatus.Done || length < SealedBox.Overhead)
            return TokenVerdict.Garbage;
        box = box[..length];
        plain = plain[..(length - SealedBox.Overhead)];
        if (_keys.Find(box[0]) is not { } key)
            return TokenVerdict.UnknownKey;
        if (!SealedBox.TryOpen(key, box, plain, _scope))
            return TokenVerdict.Forged;
        return TokenCodec.TryRead(plain, out token) ? TokenVerdict.Opened : TokenVerdict.UnknownVersion;
    }
}
