using System.Collections.Immutable;
using System.Text.Json;

namespace Segue.Core.Discovery;

/// <summary>Reads an announcement's JSON. Everything that will be relayed is checked: one broken entry would break every list.</summary>
public static class AnnouncementReader
{
    /// <summary>Null where the body is not an announcement; <paramref name="problem"/> then says why.</summary>
    public static Announcement? Read(ReadOnlyMemory<byte> body, out string problem)
    {
        problem = "";
        try
        {
            return ReadRoot(body);
        }
        // GetString throws InvalidOperationException for bytes that are not UTF-8, and for a token that is no string
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            problem = $"The announcement is not understood: {e.Message}";
            return null;
        }
    }

    private static Announcement ReadRoot(ReadOnlyMemory<byte> body)
    {
        string? environment = null, nodeId = null, pool = null, location = null;
        var services = ImmutableArray.CreateBuilder<AnnouncedService>();
        var reader = new Utf8JsonReader(body.Span);
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "environment": environment = reader.GetString(); break;
                case "nodeId": nodeId = reader.GetString(); break;
                case "pool": pool = reader.GetString(); break;
                case "location": location = reader.GetString(); break;
                case "services": ReadServices(ref reader, body, services); break;
                default: reader.Skip(); break;
            }
        }

        if (reader.Read())
            throw new JsonException("there is more behind its end.");
        nodeId = Required(nodeId, "nodeId");
        return new Announcement
        {
            NodeId = nodeId,
            Environment = Required(environment, "environment"),
            Pool = pool ?? "general",
            Location = location ?? $"/somewhere/{nodeId}",
            Services = services.ToImmutable(),
            Body = body,
        };
    }

    private static void ReadServices(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, ImmutableArray<AnnouncedService>.Builder services)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("services is not a list.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            services.Add(ReadService(ref reader, body));
    }

    private static AnnouncedService ReadService(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        string? id = null, type = null;
        ReadOnlyMemory<byte> raw = "{}"u8.ToArray();
        var properties = ImmutableDictionary<string, string>.Empty;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a service is not an object.");
        while (NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "id": id = reader.GetString(); break;
                case "type": type = reader.GetString(); break;
                case "properties":
                    var start = (int)reader.TokenStartIndex;
                    properties = ReadProperties(ref reader);
                    raw = body[start..(int)reader.BytesConsumed];
                    break;
                default: reader.Skip(); break;
            }
        }

        var uris = Uris(properties);
        return new AnnouncedService(
            Required(id, "a service's id"), Required(type, "a service's type"), raw, RoleOf(properties), uris.FirstOrDefault(), uris);
    }

    private static ImmutableDictionary<string, string> ReadProperties(ref Utf8JsonReader reader)
    {
        var properties = ImmutableDictionary.CreateBuilder<string, string>();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a service's properties are not an object.");
        while (NextProperty(ref reader, out var name))
            properties[name] = Required(reader.GetString(), $"the property {name}");
        return properties.ToImmutable();
    }

    private static ServiceRole RoleOf(ImmutableDictionary<string, string> properties)
    {
        var runsTasks = properties.GetValueOrDefault("coordinator") == "false"
            && properties.GetValueOrDefault("resource_manager") != "true"
            && properties.GetValueOrDefault("catalog_server") != "true";
        return runsTasks ? ServiceRole.Worker : ServiceRole.Other;
    }

    private static ImmutableArray<Uri> Uris(ImmutableDictionary<string, string> properties)
    {
        var uris = ImmutableArray.CreateBuilder<Uri>();
        foreach (var name in (ReadOnlySpan<string>)["https", "http", "https-external", "http-external"])
        {
            if (Uri.TryCreate(properties.GetValueOrDefault(name), UriKind.Absolute, out var uri)
                && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
                uris.Add(uri);
        }

        return uris.ToImmutable();
    }

    private static bool NextProperty(ref Utf8JsonReader reader, out string name)
    {
        name = "";
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject)
            return false;
        name = reader.GetString()!;
        return reader.Read();
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (!reader.Read() || reader.TokenType != token)
            throw new JsonException("it is not a JSON object.");
    }

    private static string Required(string? value, string name) => value ?? throw new JsonException($"{name} is missing.");
}
