using Segue.Core.Model;

namespace Segue.Rehearsal;

/// <summary>The versions that the stand-ins claim: those whose behaviour they copy.</summary>
internal static class Versions
{
    public static string Of(EngineKind engine) => engine == EngineKind.Presto ? "0.287-rehearsal" : "483-rehearsal";
}
