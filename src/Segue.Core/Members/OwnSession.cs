using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>This member's session with the store.</summary>
/// <param name="ValidUntil">Counted from when its last renewal was sent, less the skew (R1.4).</param>
/// <param name="Read">The read of the assignment, begun behind its opening, that it needs before it gives a right (R1.3).</param>
/// <param name="IsRead">That one has come.</param>
public sealed record OwnSession(long Id, Instant ValidUntil, long Read, bool IsRead);
