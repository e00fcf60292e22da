namespace Segue.Core.Model;

/// <summary>
/// The coordinator id of one JVM start: the last part of every query id it makes (protocol.md, query ids).
/// </summary>
/// <param name="Value">Five characters of the engines' base-32 alphabet.</param>
public readonly record struct Incarnation(string Value)
{
    /// <summary>The incarnation that made a query id <c>yyyyMMdd_HHmmss_NNNNN_ccccc</c>.</summary>
    /// <returns>False where the id is not of the engines' own form: a client may have chosen it (PrestoDB 0.290 and later).</returns>
    public static bool TryFromQueryId(ReadOnlySpan<char> queryId, out Incarnation incarnation)
    {
        incarnation = default;
        if (queryId.Length != 27 || queryId[8] != '_' || queryId[15] != '_' || queryId[21] != '_')
            return false;
        if (queryId[..8].ContainsAnyExceptInRange('0', '9')
            || queryId[9..15].ContainsAnyExceptInRange('0', '9')
            || queryId[16..21].ContainsAnyExceptInRange('0', '9'))
            return false;
        incarnation = new Incarnation(queryId[22..].ToString());
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
