using System.Globalization;

namespace Segue.Core.Protocol;

/// <summary>Query ids for statements that are held before any coordinator gave them one (R3.7), in the engines' form.</summary>
public static class QueryIdMint
{
    public const int SuffixLength = 5;

    /// <summary>Base 32 without l, o, 0 and 1, as the engines' coordinator ids.</summary>
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary><c>yyyyMMdd_HHmmss_NNNNN_ccccc</c> in UTC.</summary>
    /// <param name="counter">Its last five digits are used.</param>
    /// <param name="suffix">Of <see cref="SuffixLength"/> characters, one per process.</param>
    public static string Mint(DateTimeOffset wall, int counter, string suffix) => string.Create(
        CultureInfo.InvariantCulture, $"{wall.UtcDateTime:yyyyMMdd_HHmmss}_{(uint)counter % 100_000:D5}_{suffix}");

    /// <param name="random">At least <see cref="SuffixLength"/> bytes.</param>
    public static string Suffix(ReadOnlySpan<byte> random) =>
        string.Create(SuffixLength, random[..SuffixLength], static (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++)
                text[i] = Alphabet[bytes[i] % Alphabet.Length];
        });
}
