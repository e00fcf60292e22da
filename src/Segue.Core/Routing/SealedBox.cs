using System.Security.Cryptography;

namespace Segue.Core.Routing;

/// <summary>What a key seals with AES-GCM: key id, nonce, ciphertext and tag.</summary>
internal static class SealedBox
{
    public const int NonceSize = 12;
    public const int Overhead = 1 + NonceSize + TagSize;

    private const int TagSize = 16;

    /// <param name="nonce">Never used before with this key.</param>
    /// <param name="box">As long as <paramref name="plain"/> and <see cref="Overhead"/> together.</param>
    /// <param name="scope">What it is bound to.</param>
    public static void Seal(TokenKey key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> box, ReadOnlySpan<byte> scope)
    {
        box[0] = key.Id;
        nonce.CopyTo(box[1..]);
        using var aes = new AesGcm(key.Key.Span, TagSize);
        aes.Encrypt(nonce, plain, box[(1 + NonceSize)..^TagSize], box[^TagSize..], scope);
    }

    /// <returns>False where it was changed, or sealed by another key or for another scope.</returns>
    public static bool TryOpen(TokenKey key, ReadOnlySpan<byte> box, Span<byte> plain, ReadOnlySpan<byte> scope)
    {
        using var aes = new AesGcm(key.Key.Span, TagSize);
        try
        {
            aes.Decrypt(box.Slice(1, NonceSize), box[(1 + NonceSize)..^TagSize], box[^TagSize..], plain, scope);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
