using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Segue.Core.Discovery;

/// <summary>What one node says of itself (protocol.md §2.1).</summary>
public sealed record Announcement
{
    public required string NodeId { get; init; }

    public required string Environment { get; init; }

    public required string Pool { get; init; }

    public required string Location { get; init; }

    public required ImmutableArray<AnnouncedService> Services { get; init; }

    /// <summary>The body as it came: what the store keeps and what a replay sends.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Tells bodies apart.</summary>
    public ulong Mark => field != 0 ? field : (field = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Body.Span)) | 1);

    /// <summary>True for a node that runs tasks; coordinators, resource managers and catalog servers do not.</summary>
    public bool IsWorker => Services.Any(static service => service.Role == ServiceRole.Worker);

    /// <summary>Where the other nodes reach a worker; null for any other node.</summary>
    public Uri? WorkerUri => Services.FirstOrDefault(static service => service.Role == ServiceRole.Worker)?.InternalUri;

    /// <summary>For people: where the node is reached, as far as it tells.</summary>
    public string Address => (WorkerUri ?? Services.SelectMany(static service => service.Uris).FirstOrDefault())?.GetLeftPart(UriPartial.Authority) ?? Location;

    /// <summary>True where the node announced one of these <c>host:port</c> as its own.</summary>
    public bool AnswersAt(ImmutableHashSet<string> addresses) =>
        Services.Any(service => service.Uris.Any(uri => addresses.Contains($"{uri.Host}:{uri.Port}")));
}

/// <summary>What a service entry says of its node's part in the cluster.</summary>
public enum ServiceRole
{
    /// <summary>The entry does not say, or names a part that runs no tasks.</summary>
    Other,

    /// <summary><c>coordinator</c> is <c>false</c>.</summary>
    Worker,
}

/// <param name="Id">New at each start of the node.</param>
/// <param name="Properties">The JSON object as it came: Presto schedules by its text (protocol.md §2.1).</param>
/// <param name="InternalUri">The <c>https</c> property, else <c>http</c>.</param>
/// <param name="Uris">Every address among the properties.</param>
public sealed record AnnouncedService(
    string Id, string Type, ReadOnlyMemory<byte> Properties, ServiceRole Role, Uri? InternalUri, ImmutableArray<Uri> Uris);
