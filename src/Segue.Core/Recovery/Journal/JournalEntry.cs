using System.Collections.Immutable;

namespace Segue.Core.Recovery.Journal;

/// <summary>
/// What outlives the process that follows a statement: its text and headers, and its runs. How far its client came is not in it, that rides in the
/// client's token.
/// </summary>
public sealed record JournalEntry
{
    /// <summary>The member process that follows the statement (R3.2).</summary>
    public required string Owner { get; init; }

    public required string Method { get; init; }

    /// <summary>Path and query of the client's POST or PUT.</summary>
    public required string Target { get; init; }

    /// <summary>Empty where there was no room for text and headers: the entry names the run alone, and nothing begins by it.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Without <c>Authorization</c>: a later run has that of the poll which begins it (R3.6).</summary>
    public required ImmutableArray<JournaledHeader> Headers { get; init; }

    /// <summary>Tells who sent the statement from who did not.</summary>
    public required ReadOnlyMemory<byte> CredentialsHash { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>It was taken for a statement with side effects.</summary>
    public required bool MayHaveEffects { get; init; }

    /// <summary>The last run that a coordinator accepted.</summary>
    public required JournaledRun Run { get; init; }

    /// <summary>Query ids of runs before it that may have begun and are known to have taken no effect.</summary>
    public ImmutableArray<string> Undone { get; init; } = [];

    /// <summary>Runs that may have begun, <see cref="Run"/> included.</summary>
    public int Runs { get; init; }

    /// <summary>Coordinators that died while they ran it (R6.4).</summary>
    public int CoordinatorsLost { get; init; }
}

public sealed record JournaledHeader(string Name, ImmutableArray<string> Values);

/// <param name="Incarnation">Null for an id that a client chose.</param>
/// <param name="Path">The coordinator's first nextUri.</param>
/// <param name="Submits">How often the statement had been accepted then: tokens count the same.</param>
public sealed record JournaledRun(string Coordinator, string? Incarnation, string QueryId, string Path, int Submits);
