using System.Collections.Immutable;

namespace Segue.Core.Members;

/// <summary>Whose acks a proposal has, and whose it needs (R1.2).</summary>
public sealed record Gathering
{
    /// <summary>The list of sessions that counts was asked for behind the proposal's confirmation.</summary>
    public required long List { get; init; }

    /// <summary>Live members, this one apart: id and name. Null until they were listed; those whose sessions ran out since are left out.</summary>
    public ImmutableDictionary<string, string>? Asked { get; init; }

    public ImmutableHashSet<string> Acks { get; init; } = [];

    public bool IsComplete => Asked is not null && Asked.Keys.All(Acks.Contains);
}
