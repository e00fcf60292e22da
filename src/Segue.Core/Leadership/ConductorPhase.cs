namespace Segue.Core.Leadership;

/// <summary>Where the conductor stands.</summary>
public enum ConductorPhase
{
    /// <summary>The stored assignment is not read yet.</summary>
    Loading,

    /// <summary>Statements go, or are held for, the coordinator of the assignment, if there is one.</summary>
    Steady,

    /// <summary>A proposal is being written.</summary>
    Proposing,

    /// <summary>The proposal is confirmed; sends under the old epoch are ending, here and at every member.</summary>
    Closing,

    /// <summary>Another member's proposal was seen: sends are ended and acked, and statements held until it is active, or a later one.</summary>
    Awaiting,
}

/// <summary>The gate of this member's sends.</summary>
public enum GatePosition
{
    Closed,
    Open,

    /// <summary>Nothing enters, and what is under way is ending.</summary>
    Closing,
}
