using System.Security.Cryptography;
using System.Text.Json;
using Segue.Core.Protocol;
using Segue.Rehearsal.Hosting;

namespace Segue.Rehearsal.Discovery;

/// <summary>What a node says of itself in classic discovery (protocol.md §2.1); its service ids are new at each start.</summary>
internal sealed class Announcement(RehearsalOptions options, bool coordinator)
{
    private readonly string _nodeService = new Guid(RandomNumberGenerator.GetBytes(16)).ToString();
    private readonly string _coordinatorService = new Guid(RandomNumberGenerator.GetBytes(16)).ToString();

    public ReadOnlyMemory<byte> Body(Uri self) => Json.Bytes(json =>
    {
        var dialect = Dialect.Of(options.Engine);
        json.WriteStartObject();
        json.WriteString("environment", options.Environment);
        json.WriteString("nodeId", options.NodeId);
        json.WriteString("location", "/" + options.NodeId);
        json.WriteString("pool", "general");
        json.WriteStartArray("services");
        WriteService(json, _nodeService, dialect.ServiceType, self, () =>
        {
            json.WriteString("node_version", Versions.Of(options.Engine));
            json.WriteString("coordinator", coordinator ? "true" : "false");
            json.WriteString("connectorIds", coordinator ? "jmx" : "memory,system,tpch");
        });
        if (coordinator)
            WriteService(json, _coordinatorService, dialect.CoordinatorServiceType, self, () => { });
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteService(Utf8JsonWriter json, string id, string type, Uri self, Action properties)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("type", type);
        json.WriteStartObject("properties");
        properties();
        json.WriteString("http", self.OriginalString);
        json.WriteString("http-external", self.OriginalString);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
