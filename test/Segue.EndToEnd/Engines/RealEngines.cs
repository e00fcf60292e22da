namespace Segue.EndToEnd.Engines;

internal static class RealEngines
{
    /// <summary>Skips the test where no real engine can be started.</summary>
    public static void Require() => Skip.If(RealEngine.Script is null, "no engine script: set SEGUE_ENGINE_SCRIPT");
}
