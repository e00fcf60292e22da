using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>A canary that another deployment ran.</summary>
public readonly record struct OtherCanary(string QueryId, string Deployment);

/// <summary>Another deployment of Segue that uses a coordinator (R1.7).</summary>
/// <param name="At">When a new canary of it was seen last.</param>
public sealed record OtherDeployment(string Id, Instant At)
{
    /// <summary>Longer than canaries are apart unless told otherwise.</summary>
    private static readonly TimeSpan Stays = TimeSpan.FromMinutes(3);

    /// <summary>What was there at the first look may be of one that has ended; what comes later is of one that runs.</summary>
    public static HealthState Listed(HealthState state, ImmutableArray<OtherCanary> others, Instant now)
    {
        var latest = state.OtherCanaries is { } known ? others.LastOrDefault(other => !known.Contains(other.QueryId)) : default;
        return state with
        {
            OtherCanaries = [.. others.Select(static other => other.QueryId)],
            Other = latest.Deployment is { } id ? new OtherDeployment(id, now) : state.Other,
        };
    }

    public static HealthState Aged(HealthState state, Instant now) =>
        state.Other is { } other && now - other.At > Stays ? state with { Other = null } : state;
}
