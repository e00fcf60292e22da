using System.Text.Json.Serialization;
using Segue.Core.Model;

namespace Segue.Server.Store;

/// <summary>How values are written in the store.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClusterEvent))]
internal sealed partial class StoreJson : JsonSerializerContext;
