using System.Globalization;
using System.Text;

namespace Segue.Core.Routing;

/// <summary>Reads a raw request path as the engines' server (Jetty) would: escapes, path parameters, dots and empty segments resolved.</summary>
internal static class PathReading
{
    /// <summary>The path of a raw request target in origin form or absolute form, without query; empty where it is neither.</summary>
    public static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        target = PathAndQueryOf(target);
        var end = target.IndexOfAny('?', '#');
        return end < 0 ? target : target[..end];
    }

    /// <summary>Path and query of a request target or of a URI; empty where it is neither.</summary>
    public static ReadOnlySpan<char> PathAndQueryOf(ReadOnlySpan<char> target)
    {
        if (target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || target.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            target = target[(target.IndexOf("//") + 2)..];
            var authority = target.IndexOfAny('/', '?', '#');
            target = authority < 0 ? "/" : target[authority..];
        }
        return target.StartsWith("/") ? target : default;
    }

    /// <returns>Null where servers may read the path in different ways.</returns>
    public static string? Canonical(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path.ContainsAnyExceptInRange('!', '~') || path.Contains('\\'))
            return null;
        if (!path.ContainsAny('%', ';') && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal))
            return path.Length > 1 && path[^1] == '/' ? path[..^1].ToString() : path.ToString();
        var segments = new List<string>();
        foreach (var range in path.Split('/'))
        {
            var raw = path[range];
            var name = raw.IndexOf(';') is var parameters and >= 0 ? raw[..parameters] : raw;
            if (Decode(name) is not { } segment)
                return null;
            // dots that only show once escapes or parameters are gone are read differently from server to server
            if (segment is "." or ".." && raw.Length != segment.Length)
                return null;
            if (segment is "..")
            {
                if (segments.Count == 0)
                    return null;
                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment is not ("" or "."))
                segments.Add(segment);
        }
        return "/" + string.Join('/', segments);
    }

    private static string? Decode(ReadOnlySpan<char> segment)
    {
        if (!segment.Contains('%'))
            return segment.ToString();
        var decoded = new StringBuilder(segment.Length);
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] != '%')
            {
                decoded.Append(segment[i]);
                continue;
            }
            if (i + 2 >= segment.Length
                || !byte.TryParse(segment.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                || value is < 0x20 or 0x7F or (byte)'/' or (byte)'\\' or (byte)'%' or (byte)';')
                return null;
            // bytes of a UTF-8 sequence stay Latin-1 letters: no path that is looked for has any
            decoded.Append((char)value);
            i += 2;
        }
        return decoded.ToString();
    }
}
