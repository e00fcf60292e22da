using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Segue.Core.Model;

namespace Segue.Rehearsal.Statements;

/// <summary>
/// The capability in a query's URIs (protocol.md §1.1): Presto's is one word for the whole query, Trino's another for every phase and token.
/// </summary>
internal sealed class Slug
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(16);
    private readonly string? _constant;

    public Slug(EngineKind engine) => _constant = engine == EngineKind.Presto ? "x" + Convert.ToHexStringLower(_key) : null;

    /// <summary>A slug that the client chose.</summary>
    public Slug(string constant) => _constant = constant;

    public string Of(bool executing, long token)
    {
        if (_constant is not null)
            return _constant;
        var input = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(executing ? 1 : 0)}:{token}"));
#pragma warning disable CA5350 // the engine's own choice; it guards nothing here
        return "y" + Convert.ToHexStringLower(HMACSHA1.HashData(_key, input));
#pragma warning restore CA5350
    }

    public bool Fits(string slug, bool executing, long token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(slug), Encoding.ASCII.GetBytes(Of(executing, token)));
}
