using System.Text.Json.Serialization;
using Segue.Server.Admin;

namespace Segue.Demo;

/// <summary>What <c>--json</c> prints, in camelCase.</summary>
/// <param name="Failed">Queries that ended in an error or with wrong rows.</param>
/// <param name="Seconds">How long all of it took, the starts included.</param>
internal sealed record DemoResult(
    long Queries, long Failed, int Failovers, long LongestWaitMs, long WrongRows, string Engine, bool Real, double Seconds, DemoFailover[] Phases);

/// <summary>One failover and its phases.</summary>
/// <param name="Cause">killed or stopped.</param>
internal sealed record DemoFailover(string Cause, string From, string To, FailoverReport Timing);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DemoResult))]
internal sealed partial class DemoJson : JsonSerializerContext;
