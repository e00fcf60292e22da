using Segue.Core.Model;

namespace Segue.Core.Failover;

/// <summary>A change of the active coordinator that is under way (R1.2).</summary>
public sealed record Change
{
    /// <summary>What was, or is to be, written as proposed.</summary>
    public required Assignment Proposal { get; init; }

    /// <summary>What is to happen and why, until it has.</summary>
    public required string Intent { get; init; }

    /// <summary>The active coordinator before; null where there was none.</summary>
    public string? From { get; init; }

    /// <summary>The first sign of the loss.</summary>
    public required Instant FirstSign { get; init; }

    public required Instant Verdict { get; init; }

    /// <summary>It is a switch because of slowness (R2.2).</summary>
    public required bool ForSlowness { get; init; }

    public FailoverTiming TimingAt(Instant activated) => new(Proposal.Epoch, Verdict - FirstSign, activated - Verdict, null);
}
