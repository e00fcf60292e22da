using System.Collections.Immutable;

namespace Segue.Core.Recovery;

/// <summary>The prepared statements that a client sends along with each statement.</summary>
public static class PreparedStatements
{
    // how Trino marks a value that it compressed (its PreparedStatementEncoder)
    private const string Compressed = "$zstd:";

    /// <param name="headerValues">
    /// The <c>Prepared-Statement</c> header's lines, each <c>name=text</c> with both sides URL-encoded, separated by commas.
    /// </param>
    /// <returns>
    /// Name to text. Left out, so that they cannot be resolved: compressed ones, those without a name or a text, and names
    /// that come twice, which the engines refuse.
    /// </returns>
    public static ImmutableDictionary<string, string> Decode(IEnumerable<string?> headerValues)
    {
        var decoded = new Dictionary<string, string?>();
        foreach (var line in headerValues)
        {
            foreach (var entry in (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = entry.IndexOf('=');
                if (equals <= 0)
                    continue;
                var text = UrlDecode(entry[(equals + 1)..].TrimStart());
                if (!decoded.TryAdd(UrlDecode(entry[..equals].TrimEnd()), text.StartsWith(Compressed, StringComparison.Ordinal) ? null : text))
                    decoded[UrlDecode(entry[..equals].TrimEnd())] = null;
            }
        }
        return decoded.Where(entry => !string.IsNullOrEmpty(entry.Value)).ToImmutableDictionary(entry => entry.Key, entry => entry.Value!);
    }

    private static string UrlDecode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
