using System.Text.Json;
using System.Text.Json.Serialization;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Server.Probing;

/// <summary><c>GET /v1/info</c> as the engines write it (protocol.md §5).</summary>
internal sealed record NodeInfoBody(
    NodeVersionBody? NodeVersion, string? Environment, bool? Coordinator, bool? Starting, string? Uptime, string? State, string? NodeId, string? CoordinatorId)
{
    /// <summary>Throws <see cref="JsonException"/> where it is not a node's description of itself.</summary>
    public static NodeInfo Parse(ReadOnlySpan<byte> json)
    {
        var body = JsonSerializer.Deserialize(json, NodeInfoJson.Default.NodeInfoBody);
        if (body is not { NodeVersion.Version: { } version, Environment: { } environment, Coordinator: { } coordinator })
            throw new JsonException("no nodeVersion, environment or coordinator in it");
        return new NodeInfo
        {
            Version = version,
            Environment = environment,
            Coordinator = coordinator,
            Starting = body.Starting ?? false,
            Uptime = EngineDuration.Parse(body.Uptime),
            State = body.State,
            NodeId = body.NodeId,
            Incarnation = body.CoordinatorId is { } id ? new Incarnation(id) : null,
        };
    }
}

internal sealed record NodeVersionBody(string? Version);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NodeInfoBody))]
internal sealed partial class NodeInfoJson : JsonSerializerContext;
