using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Server.Discovery;

namespace Segue.Server.Members;

/// <summary>What one member tells another; one thing each.</summary>
internal sealed record PeerWord
{
    /// <summary>The teller's id.</summary>
    public required string From { get; init; }

    public required string Name { get; init; }

    public required string Cluster { get; init; }

    /// <summary>Grows from word to word of one teller to one hearer: what comes late or twice is not heard.</summary>
    public required long Number { get; init; }

    public Assignment? Saw { get; init; }

    public bool Stored { get; init; }

    public Assignment? Acked { get; init; }

    /// <summary>Whether all stay with this (R1.6).</summary>
    public Assignment? Stays { get; init; }

    public long Round { get; init; }

    /// <summary>The answer to a question of that round.</summary>
    public bool? Yes { get; init; }

    public long HighestEpoch { get; init; }

    public ImmutableArray<CoordinatorReport>? Sees { get; init; }

    public NodeWord? Nodes { get; init; }

    [JsonIgnore]
    public ConductorInput? Input => this switch
    {
        { Saw: { } saw } => new ConductorInput.Saw(saw, Stored),
        { Acked: { } acked } => new ConductorInput.Acked(From, acked),
        { Stays: { } stays } => new ConductorInput.FailsafeAsked(From, stays, Round),
        { Yes: { } yes } => new ConductorInput.FailsafeAnswered(Name, Round, yes),
        { Sees: { } sees } => new ConductorInput.Reported(From, HighestEpoch, sees),
        _ => null,
    };
}

/// <summary>A member as the store lists it, bound to its session.</summary>
/// <param name="Peers">Where the others reach it.</param>
internal sealed record MemberEntry(string Name, Uri? Peers, string Machine, int Process, DateTimeOffset Since, Assignment? Acked)
{
    [JsonIgnore]
    public ListedMember Listed => new(Name, Acked) { Machine = Machine, Process = Process, Address = Peers, Since = Since };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PeerWord))]
[JsonSerializable(typeof(MemberEntry))]
internal sealed partial class MembersJson : JsonSerializerContext;
