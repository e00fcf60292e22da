namespace Segue.Core.Protocol;

/// <summary>Where in a page the scanner stands.</summary>
public enum ScanPhase
{
    /// <summary>Before the rows; held.</summary>
    Prefix,

    /// <summary>Inside the array of rows; passes through.</summary>
    Rows,

    /// <summary>Inside encoded data (Trino's spooled protocol, Presto's binaryData): no row borders (R4.3); passes through.</summary>
    Encoded,

    /// <summary>Behind the rows, from the closing bracket of data on; held.</summary>
    Suffix,

    /// <summary>The page is complete; only white space may follow.</summary>
    End,

    /// <summary>Nothing more can be read; <see cref="PageScanner.Fault"/> says why.</summary>
    Broken,
}

/// <summary>Why a page cannot be read on.</summary>
public enum ScanFault
{
    None,

    /// <summary>Not JSON, or not a page.</summary>
    Malformed,

    /// <summary>What stands before and behind the rows is more than the scanner may hold (R4.5).</summary>
    TooLarge,
}

/// <summary>What one call of <see cref="PageScanner.Feed"/> did.</summary>
/// <param name="Phase">The phase that the consumed bytes belong to; <see cref="PageScanner.Phase"/> is the next one.</param>
/// <param name="Consumed">Bytes taken from the chunk; feed the rest again.</param>
/// <param name="Forward">
/// Of the consumed bytes, those that may go to the client, after any earlier bytes that still wait. In <see cref="ScanPhase.Rows"/> it
/// ends behind the last whole row, or is 0 where the chunk completes none; what is between it and <paramref name="Consumed"/> waits.
/// </param>
/// <param name="Rows">Rows that end within the forwarded bytes.</param>
public readonly record struct ScanProgress(ScanPhase Phase, int Consumed, int Forward, long Rows);
