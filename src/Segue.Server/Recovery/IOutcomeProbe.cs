using System.Collections.Immutable;
using Segue.Core.Recovery.Writes;
using Segue.Server.Probing;

namespace Segue.Server.Recovery;

/// <summary>
/// Asks whoever keeps the effect of a write whether it took place (R6.3). An implementation must know of each effect which query made it,
/// and must say "not committed" only where nothing that was committed since the first attempt began could be hidden from it.
/// </summary>
internal interface IOutcomeProbe
{
    /// <param name="runner">Runs statements on the active coordinator, as Segue's own user.</param>
    /// <returns>Whether it knows such catalogs; null where there was no answer.</returns>
    Task<bool?> KnowsAsync(StatementRunner runner, string catalog, CancellationToken cancellation);

    /// <param name="runner">As above.</param>
    /// <param name="attempts">The query ids of all attempts, the first one first.</param>
    /// <returns>Null where there was no answer: it is asked again.</returns>
    Task<WriteOutcome?> AskAsync(StatementRunner runner, WriteTarget target, ImmutableArray<string> attempts, CancellationToken cancellation);
}
