using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Segue.Core.Routing;

/// <param name="Id">Names the key in what it sealed; unique within a ring.</param>
/// <param name="Key">32 bytes.</param>
public sealed record TokenKey(byte Id, ReadOnlyMemory<byte> Key)
{
    public const int Size = 32;

    /// <summary>Its name comes of the key itself, so that all members of a deployment call it alike.</summary>
    public static TokenKey Of(ReadOnlyMemory<byte> key) => new(SHA256.HashData(key.Span)[0], key);
}

/// <summary>A deployment's keys: two are valid while one follows the other (R3.6).</summary>
/// <param name="Current">Seals and opens.</param>
/// <param name="Previous">Opens only; null where the key was never changed.</param>
public sealed record KeyRing(TokenKey Current, TokenKey? Previous = null)
{
    public TokenKey? Previous { get; } = Previous?.Id == Current.Id
        ? throw new ArgumentException("The two keys cannot be told apart by their names (one in 256 pairs): make another new one.", nameof(Previous))
        : Previous;

    /// <summary>Null for one that is no longer, or not yet, in the ring.</summary>
    public TokenKey? Find(byte id) => id == Current.Id ? Current : id == Previous?.Id ? Previous : null;

    /// <summary>Keys that are derived from these for one purpose, under the same names.</summary>
    public KeyRing For(ReadOnlySpan<byte> purpose) => new(Derived(Current, purpose), Previous is null ? null : Derived(Previous, purpose));

    /// <param name="text">One key, or the present and the previous one: each <see cref="TokenKey.Size"/> bytes in base64, with white space between.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out KeyRing? ring)
    {
        ring = null;
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var keys = new List<TokenKey>();
        foreach (var word in words)
        {
            var key = new byte[TokenKey.Size];
            if (!Convert.TryFromBase64String(word, key, out var length) || length != key.Length)
                return false;
            keys.Add(TokenKey.Of(key));
        }
        if (keys.Count is not (1 or 2) || (keys.Count == 2 && keys[0].Id == keys[1].Id))
            return false;
        ring = new KeyRing(keys[0], keys.ElementAtOrDefault(1));
        return true;
    }

    private static TokenKey Derived(TokenKey key, ReadOnlySpan<byte> purpose)
    {
        var derived = new byte[TokenKey.Size];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Key.Span, derived, salt: [], info: purpose);
        return key with { Key = derived };
    }
}
