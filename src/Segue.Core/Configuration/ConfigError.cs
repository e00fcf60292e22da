namespace Segue.Core.Configuration;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Line">Counted from 1; 0 where there is none.</param>
/// <param name="Key">The full path, e.g. <c>clusters[0].health.probe_interval</c>; empty for the file as a whole.</param>
/// <param name="Value">As written; null where there is none or where it may be a secret.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Allowed">What would be right, or null where the message says it.</param>
public sealed record ConfigError(int Line, string Key, string? Value, string Message, string? Allowed)
{
    /// <summary><c>line: key: message (value …; allowed …)</c>, for people.</summary>
    public override string ToString()
    {
        var details = (Value, Allowed) switch
        {
            (null, null) => "",
            (null, _) => $" (allowed: {Allowed})",
            (_, null) => $" (value: {Value})",
            _ => $" (value: {Value}; allowed: {Allowed})",
        };
        return $"{Line}: {(Key.Length == 0 ? "" : Key + ": ")}{Message}{details}";
    }
}
