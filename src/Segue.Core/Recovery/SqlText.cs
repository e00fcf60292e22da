namespace Segue.Core.Recovery;

/// <summary>What stands inside literals and names.</summary>
internal static class SqlText
{
    /// <summary>The content of a <c>'…'</c>, <c>"…"</c> or <c>`…`</c>; any other text is itself.</summary>
    public static string Unquote(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] is not ('\'' or '"' or '`'))
            return text.ToString();
        var quote = text[0].ToString();
        return text[1..^1].ToString().Replace(quote + quote, quote, StringComparison.Ordinal);
    }

    /// <summary>Whether a name matches a pattern in which <c>*</c> stands for any run of characters, in any case.</summary>
    public static bool Matches(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        var (at, p) = (0, 0);
        var (starAt, star) = (0, -1);
        while (at < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
                (star, starAt, p) = (p, at, p + 1);
            else if (p < pattern.Length && char.ToLowerInvariant(pattern[p]) == char.ToLowerInvariant(name[at]))
                (at, p) = (at + 1, p + 1);
            else if (star >= 0)
                (starAt, at, p) = (starAt + 1, starAt + 1, star + 1);
            else
                return false;
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
