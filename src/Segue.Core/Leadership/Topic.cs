namespace Segue.Core.Leadership;

/// <summary>What was last said of why statements do not simply go to the active coordinator.</summary>
public enum Topic
{
    None,

    /// <summary>The active coordinator is suspect.</summary>
    Silent,

    /// <summary>It is lost, and nobody can take over.</summary>
    Nobody,

    /// <summary>It is slow, and the last switch for slowness is too near (R2.2).</summary>
    TooSoon,

    /// <summary>The store does not confirm a decision.</summary>
    Unconfirmed,

    /// <summary>It was taken out of the configuration and goes on for want of another: nothing is held.</summary>
    Leaving,

    /// <summary>Another member reaches the coordinator that this one has lost (R2.1).</summary>
    OnlyHere,

    /// <summary>An assignment contradicts one that was acked (R1.5).</summary>
    Refused,
}
