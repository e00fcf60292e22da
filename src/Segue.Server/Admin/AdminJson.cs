using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Segue.Server.Admin;

/// <summary>The admin port's JSON, for the server and for <c>segue status</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(ImmutableArray<EventReport>))]
public sealed partial class AdminJson : JsonSerializerContext;
