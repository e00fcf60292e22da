using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>This member's session with the store.</summary>
/// <param name="ValidUntil">Counted from when its last renewal was sent, less the skew (R1.4).</param>
/// <param name="Question">The first one that was asked behind its opening: what answers it, or a later one, is new enough (R1.3).</param>
public sealed record OwnSession(long Id, Instant OpenedAt, Instant ValidUntil, long Question)
{
    /// <summary>The assignment was read behind its opening.</summary>
    public bool IsRead { get; init; }

    /// <summary>The members were listed behind its opening.</summary>
    public bool IsListed { get; init; }

    /// <summary>It gives the right to route (R1.3, R1.5).</summary>
    public bool Counts { get; init; }
}
