using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Segue.Server.Admin;

/// <summary>The admin port's JSON, for the server and for <c>segue status</c> and <c>segue queries</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(ImmutableArray<EventReport>))]
[JsonSerializable(typeof(EventReport[]))]
[JsonSerializable(typeof(QueryListReport))]
[JsonSerializable(typeof(QueryReport))]
[JsonSerializable(typeof(CancelReport))]
public sealed partial class AdminJson : JsonSerializerContext;
