namespace Segue.EndToEnd.Engines;

/// <summary>Tests with JVMs of their own run alone: two cores do not carry more.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RealEngines
{
    public const string Name = "real engines";

    /// <summary>Skips the test where no real engine can be started.</summary>
    public static void Require() => Skip.If(RealEngine.Script is null, "no engine script: set SEGUE_ENGINE_SCRIPT");
}
