using Segue.Core.Model;

namespace Segue.Core.Failover;

/// <summary>A process that lost the active role by a loss; what of it must be ended (R8.1).</summary>
/// <param name="Generation">The coordinator's generation that was active.</param>
/// <param name="Incarnation">Null where it was never learned: then nothing of it can be told from the others'.</param>
/// <param name="At">Queries created later are not of the deposed time.</param>
/// <param name="Epoch">The epoch that replaced it.</param>
public sealed record Deposition(string Coordinator, int Generation, Incarnation? Incarnation, DateTimeOffset At, long Epoch)
{
    /// <summary>No other process made it: a client may have chosen its id, which then tells nothing.</summary>
    public bool MayHaveMade(string queryId) =>
        Incarnation is not { } own || !Model.Incarnation.TryFromQueryId(queryId, out var maker) || maker == own;

    /// <summary>Who is at its coordinator's address may still be it. A process that was not heard yet has no incarnation, and no generation of its own.</summary>
    public bool MayBe(int generation, Incarnation? incarnation) =>
        generation == Generation && (incarnation is not { } known || Incarnation is not { } own || known == own);
}
