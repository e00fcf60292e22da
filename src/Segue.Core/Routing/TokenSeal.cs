using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
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
    public const int NonceSize = 12;

    private const int TagSize = 16;
    private const int Overhead = 1 + NonceSize + TagSize;
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
        var rented = ArrayPool<byte>.Shared.Rent((2 * max) + Overhead);
        try
        {
            var plain = rented.AsSpan(0, TokenCodec.Write(token, rented.AsSpan(0, max)));
            var box = rented.AsSpan(max, plain.Length + Overhead);
            box[0] = _keys.Current.Id;
            nonce.CopyTo(box[1..]);
            using var aes = new AesGcm(_keys.Current.Key.Span, TagSize);
            aes.Encrypt(nonce, plain, box[(1 + NonceSize)..^TagSize], box[^TagSize..], _scope);
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
        if (Base64Url.DecodeFromChars(text, box, out _, out var length) != OperationStatus.Done || length < Overhead)
            return TokenVerdict.Garbage;
        box = box[..length];
        plain = plain[..(length - Overhead)];
        if (_keys.Find(box[0]) is not { } key)
            return TokenVerdict.UnknownKey;
        using var aes = new AesGcm(key.Key.Span, TagSize);
        try
        {
            aes.Decrypt(box.Slice(1, NonceSize), box[(1 + NonceSize)..^TagSize], box[^TagSize..], plain, _scope);
        }
        catch (AuthenticationTagMismatchException)
        {
            return TokenVerdict.Forged;
        }
        return TokenCodec.TryRead(plain, out token) ? TokenVerdict.Opened : TokenVerdict.UnknownVersion;
    }
}
