using System.Globalization;
using Segue.Core.Model;

namespace Segue.Core.Protocol;

/// <summary>What differs between Presto and Trino on the wire (protocol.md §1.5).</summary>
public sealed record Dialect
{
    public static readonly Dialect Presto = new()
    {
        Engine = EngineKind.Presto,
        Name = "Presto",
        HeaderPrefix = "X-Presto-",
        ServiceType = "presto",
        CoordinatorServiceType = "presto-coordinator",
        HttpServerBean = "com.facebook.airlift.http.server:name=HttpServer",
        FirstPlaceholders = new Version(0, 234),
    };

    public static readonly Dialect Trino = new()
    {
        Engine = EngineKind.Trino,
        Name = "Trino",
        HeaderPrefix = "X-Trino-",
        ServiceType = "trino",
        CoordinatorServiceType = "trino-coordinator",
        HttpServerBean = "io.airlift.http.server:name=HttpServer",
        FirstPlaceholders = new Version(312, 0),
    };

    public required EngineKind Engine { get; init; }

    /// <summary>The product's name as a person reads it.</summary>
    public required string Name { get; init; }

    /// <summary>The start of every protocol header.</summary>
    public required string HeaderPrefix { get; init; }

    /// <summary>The discovery service type that every node announces.</summary>
    public required string ServiceType { get; init; }

    /// <summary>The discovery service type that coordinators announce.</summary>
    public required string CoordinatorServiceType { get; init; }

    /// <summary>The management bean of a node's HTTP server (protocol.md §6).</summary>
    public required string HttpServerBean { get; init; }

    /// <summary>The first version whose POST only registers a statement (protocol.md §1.1).</summary>
    public required Version FirstPlaceholders { get; init; }

    public static Dialect Of(EngineKind engine) => engine switch
    {
        EngineKind.Presto => Presto,
        EngineKind.Trino => Trino,
        _ => throw new ArgumentOutOfRangeException(nameof(engine), engine, "no such engine"),
    };

    /// <summary>Whose version it is: PrestoDB's begin with <c>0.</c>, Trino's with a number from 300 on; null where it cannot be told.</summary>
    public static EngineKind? EngineOf(string version) =>
        version.StartsWith("0.", StringComparison.Ordinal) ? EngineKind.Presto
        : int.TryParse(version.Split('-', '.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 300 ? EngineKind.Trino
        : null;

    /// <summary>The full name of a protocol header, e.g. <c>Header("User")</c> is <c>X-Trino-User</c>.</summary>
    public string Header(string name) => HeaderPrefix + name;

    /// <summary>Whether a POST begins the statement (R6.2); a version that cannot be read, or is not known yet, counts as one that does.</summary>
    /// <param name="version">As <c>/v1/info</c> tells it, e.g. <c>0.287</c>, <c>0.288-SNAPSHOT-1a2b3c</c>, <c>483</c>, <c>435-e.3</c>.</param>
    public bool ExecutesOnPost(string? version)
    {
        var numbers = version?.Split('-', 2)[0].Split('.') ?? [];
        return !int.TryParse(numbers.ElementAtOrDefault(0), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            || !int.TryParse(numbers.ElementAtOrDefault(1) ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            || new Version(major, minor) < FirstPlaceholders;
    }
}
