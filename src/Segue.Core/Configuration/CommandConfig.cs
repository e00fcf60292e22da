using System.Collections.Immutable;

namespace Segue.Core.Configuration;

/// <summary>A program of the operator's that Segue runs, without a shell.</summary>
public sealed record CommandConfig
{
    /// <summary>The program and its first arguments; empty for none. Segue's own arguments follow them.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>After it the program is killed with what it started.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
