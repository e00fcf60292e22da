namespace Segue.Core.Configuration;

/// <summary>The known word that somebody who misspelt it most likely meant.</summary>
internal static class Nearest
{
    /// <returns>Null where none is near: at most a third of the letters may differ.</returns>
    public static string? To(string word, IEnumerable<string> known)
    {
        var normal = word.ToLowerInvariant().Replace('-', '_');
        var best = known.Select(candidate => (Candidate: candidate, Distance: Distance(normal, candidate)))
            .OrderBy(static pair => pair.Distance)
            .FirstOrDefault();
        return best.Candidate is { } found && best.Distance <= Math.Max(1, found.Length / 3) ? found : null;
    }

    // Levenshtein's distance, one row at a time
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
