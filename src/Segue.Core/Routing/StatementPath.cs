using System.Globalization;

namespace Segue.Core.Routing;

/// <summary>The path of a <c>nextUri</c> that Segue writes: <c>/v1/statement/{queued|executing}/{id}/{token}/{sequence}</c> (R3.8).</summary>
/// <param name="Token">Sealed by <see cref="TokenSeal"/>.</param>
/// <param name="Parameters">What the client added, <c>a=b&amp;c=d</c> without a leading sign; empty where nothing.</param>
public readonly record struct StatementPath(bool Executing, string Id, string Token, long Sequence, string Parameters)
{
    private const string Queued = "/v1/statement/queued/";
    private const string ExecutingRoot = "/v1/statement/executing/";

    public static string Build(bool executing, string id, string token, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{(executing ? ExecutingRoot : Queued)}{id}/{token}/{sequence}");

    /// <summary>
    /// Reads a raw request target, also in absolute form (npm presto-client), and with parameters glued to the sequence without a question mark
    /// (trino-csharp).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> target, out StatementPath path)
    {
        path = default;
        var rest = PathReading.PathAndQueryOf(target);
        var executing = rest.StartsWith(ExecutingRoot, StringComparison.Ordinal);
        if (!executing && !rest.StartsWith(Queued, StringComparison.Ordinal))
            return false;
        rest = rest[(executing ? ExecutingRoot.Length : Queued.Length)..];
        Span<Range> parts = stackalloc Range[3];
        if (rest.Split(parts, '/') != 3 || rest[parts[0]].IsEmpty || rest[parts[1]].IsEmpty)
            return false;
        var last = rest[parts[2]];
        var digits = last.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0)
            digits = last.Length;
        if (!long.TryParse(last[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return false;
        var parameters = last[digits..];
        if (!parameters.IsEmpty && parameters[0] is not ('?' or '&'))
            return false;
        path = new StatementPath(
            executing, rest[parts[0]].ToString(), rest[parts[1]].ToString(), sequence, parameters.TrimStart("?&").ToString());
        return true;
    }

    /// <summary>Path and query of a coordinator's <c>nextUri</c>, byte for byte; null where it is not an http address.</summary>
    public static string? UpstreamOf(string uri)
    {
        var path = PathReading.PathAndQueryOf(uri);
        return path.IsEmpty ? null : path.ToString();
    }

    /// <summary>The query's id in a coordinator's own path, <c>/v1/statement/{queued|executing}/{id}/…</c>; null where it has none (protocol.md §1.1).</summary>
    public static string? QueryIdOf(string upstreamPath)
    {
        var rest = upstreamPath.AsSpan();
        foreach (var root in (ReadOnlySpan<string>)[ExecutingRoot, Queued])
        {
            if (rest.StartsWith(root, StringComparison.Ordinal) && rest[root.Length..].IndexOf('/') is > 0 and var length)
                return rest.Slice(root.Length, length).ToString();
        }
        return null;
    }

    /// <summary>The upstream path with what the client added to its poll.</summary>
    public string WithParameters(string upstreamPath) =>
        Parameters.Length == 0 ? upstreamPath : $"{upstreamPath}{(upstreamPath.Contains('?') ? '&' : '?')}{Parameters}";
}
