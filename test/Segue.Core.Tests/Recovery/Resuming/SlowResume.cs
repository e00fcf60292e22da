namespace Segue.Core.Tests.Recovery.Resuming;

/// <summary>R7 word for word, with the whole run at hand.</summary>
internal static class SlowResume
{
    /// <param name="delivered">D.</param>
    /// <param name="run">R.</param>
    /// <param name="keyOf">A row's ORDER BY columns; null where they are not known.</param>
    /// <returns>What the client gets behind D; null for an error.</returns>
    public static List<string>? Rest(List<string> delivered, List<string> run, bool ordered, Func<string, string>? keyOf)
    {
        for (var m = delivered.Count; m <= run.Count; m++)
        {
            var between = run[..m];
            if (!delivered.All(between.Remove))
                continue;
            var mayAdd = m == delivered.Count || !ordered || (keyOf is not null && between.TrueForAll(row => keyOf(row) == keyOf(run[m - 1])));
            return mayAdd ? [.. between, .. run[m..]] : null;
        }
        return null;
    }
}
