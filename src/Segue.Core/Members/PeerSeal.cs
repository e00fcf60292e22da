using System.Text;
using Segue.Core.Routing;

namespace Segue.Core.Members;

/// <summary>
/// Seals what members of a deployment tell each other with AES-GCM, each word bound to the one process that it is for, by keys that are derived
/// from the deployment's and seal nothing else. Safe for concurrent use.
/// </summary>
public sealed class PeerSeal
{
    public const int NonceSize = SealedBox.NonceSize;

    private readonly KeyRing _keys;
    private readonly string _deployment;

    /// <param name="keys">The deployment's.</param>
    public PeerSeal(KeyRing keys, string deployment)
    {
        _keys = keys.For("segue peers"u8);
        _deployment = deployment;
    }

    /// <param name="to">The member's id.</param>
    /// <param name="nonce"><see cref="NonceSize"/> bytes, never used before with this key: random ones do for 2^32 words a key.</param>
    public byte[] Seal(string to, ReadOnlySpan<byte> word, ReadOnlySpan<byte> nonce)
    {
        var box = new byte[word.Length + SealedBox.Overhead];
        SealedBox.Seal(_keys.Current, nonce, word, box, Scope(to));
        return box;
    }

    /// <summary>Never throws, whatever the bytes are.</summary>
    /// <returns>Null where they are for another member, of another deployment, or were changed.</returns>
    public byte[]? Open(string to, ReadOnlySpan<byte> box)
    {
        if (box.Length < SealedBox.Overhead || _keys.Find(box[0]) is not { } key)
            return null;
        var word = new byte[box.Length - SealedBox.Overhead];
        return SealedBox.TryOpen(key, box, word, Scope(to)) ? word : null;
    }

    private byte[] Scope(string to) => Encoding.UTF8.GetBytes($"{_deployment}\n{to}");
}
