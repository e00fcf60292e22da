using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>A node's description of itself: <c>GET /v1/info</c> (protocol.md §5).</summary>
public sealed record NodeInfo
{
    public required string Version { get; init; }

    public required string Environment { get; init; }

    public required bool Coordinator { get; init; }

    public required bool Starting { get; init; }

    /// <summary>Two decimals of the largest unit that fits, so an hour's is known to 36 s.</summary>
    public TimeSpan? Uptime { get; init; }

    /// <summary><c>ACTIVE</c>, <c>SHUTTING_DOWN</c>, …; null where the engine does not tell.</summary>
    public string? State { get; init; }

    /// <summary>Trino 477 and later.</summary>
    public string? NodeId { get; init; }

    /// <summary>Trino 477 and later.</summary>
    public Incarnation? Incarnation { get; init; }
}
