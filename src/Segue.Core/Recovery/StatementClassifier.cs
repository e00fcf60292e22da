using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Recovery;

/// <summary>
/// Decides from a statement's text alone what running it twice could do (R6.1). It errs towards <see cref="StatementKind.Write"/>:
/// anything but a known head with a known shape is one.
/// </summary>
public static class StatementClassifier
{
    /// <param name="sql">The statement as it was posted.</param>
    /// <param name="engine">Whose grammar it is in.</param>
    /// <param name="preparedStatements">The session's prepared statements, name to text (<see cref="PreparedStatements.Decode"/>).</param>
    /// <param name="effectsPatterns">Function names, with <c>*</c>, whose call makes a statement a write.</param>
    /// <returns>Never throws, whatever the text.</returns>
    public static StatementClass Classify(
        string sql,
        EngineKind engine,
        IReadOnlyDictionary<string, string> preparedStatements,
        ImmutableArray<string> effectsPatterns) =>
        new Classification(engine, preparedStatements, effectsPatterns).Of(sql, depth: 0);
}
