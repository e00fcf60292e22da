using System.Text;
using Segue.Core.Routing;

namespace Segue.Core.Recovery.Journal;

/// <summary>
/// Seals journal entries with AES-GCM, each bound to deployment, cluster and query, by keys that are derived from the deployment's and seal
/// nothing else: key id, nonce, ciphertext and tag. Safe for concurrent use.
/// </summary>
public sealed class JournalSeal
{
    public const int NonceSize = SealedBox.NonceSize;

    private readonly KeyRing _keys;
    private readonly string _scope;

    /// <param name="keys">The deployment's.</param>
    public JournalSeal(KeyRing keys, string deployment, string cluster)
    {
        _keys = keys.For("segue journal"u8);
        _scope = $"{deployment}\n{cluster}\n";
    }

    /// <param name="handle">The query's id.</param>
    /// <param name="nonce"><see cref="NonceSize"/> bytes, never used before with this key: random ones do for 2^32 entries a key.</param>
    public byte[] Seal(string handle, JournalEntry entry, ReadOnlySpan<byte> nonce)
    {
        var plain = JournalCodec.Write(entry).Span;
        var box = new byte[plain.Length + SealedBox.Overhead];
        SealedBox.Seal(_keys.Current, nonce, plain, box, Scope(handle));
        return box;
    }

    /// <summary>Never throws, whatever the bytes are.</summary>
    /// <returns>Null where they were sealed for another query or by another key, were changed, or are of another version.</returns>
    public JournalEntry? Open(string handle, ReadOnlySpan<byte> box)
    {
        if (box.Length < SealedBox.Overhead || _keys.Find(box[0]) is not { } key)
            return null;
        var plain = new byte[box.Length - SealedBox.Overhead];
        return SealedBox.TryOpen(key, box, plain, Scope(handle)) && JournalCodec.TryRead(plain, out var entry) ? entry : null;
    }

    private byte[] Scope(string handle) => Encoding.UTF8.GetBytes(_scope + handle);
}
