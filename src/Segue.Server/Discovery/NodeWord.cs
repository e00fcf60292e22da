using System.Collections.Immutable;
using Segue.Core.Discovery;

namespace Segue.Server.Discovery;

/// <summary>What one member tells another of the nodes that it heard.</summary>
internal sealed record NodeWord
{
    /// <summary>All that it heard lately; null where this word is not of all.</summary>
    public ImmutableArray<NodeSign>? Signs { get; init; }

    public ImmutableArray<TakenBack> Gone { get; init; } = [];

    public ImmutableArray<NodeBody> Nodes { get; init; } = [];

    public ImmutableArray<RelayedRequest> Relayed { get; init; } = [];

    /// <summary>All that the hearer knows is asked for.</summary>
    public bool Wants { get; init; }
}

/// <summary>What a node said, and how long ago.</summary>
internal sealed record NodeBody(byte[] Body, TimeSpan Age);

/// <summary>A request that a node's coordinators keep themselves.</summary>
/// <param name="Accepted">By a coordinator.</param>
internal sealed record RelayedRequest(string Method, string Target, ImmutableArray<RelayedHeader> Headers, byte[] Body, bool Accepted);

internal sealed record RelayedHeader(string Name, ImmutableArray<string> Values);
