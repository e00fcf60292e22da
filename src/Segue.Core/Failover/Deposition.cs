using Segue.Core.Model;

namespace Segue.Core.Failover;

/// <summary>A process that lost the active role by a loss; what of it must be ended (R8.1).</summary>
/// <param name="Generation">The coordinator's generation that was active.</param>
/// <param name="Incarnation">Null where it was never learned: then nothing of it can be told from the others'.</param>
/// <param name="At">Queries created later are not of the deposed time.</param>
/// <param name="Epoch">The epoch that replaced it.</param>
public sealed record Deposition(string Coordinator, int Generation, Incarnation? Incarnation, DateTimeOffset At, long Epoch);
